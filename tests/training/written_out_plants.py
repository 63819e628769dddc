"""Errors planted in torch's own optimizers that are no elementwise formula; the originals stay as they are."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from tests.training.written_out_runs import Make

TORCH_OPTIM = "torch.optim"


@dataclass(frozen=True)
class Plant:
    """An error: one text of torch's source that stands for another."""

    name: str
    """The class in ``torch.optim``."""
    words: str
    """What is wrong."""
    old: str
    """Torch's text, found exactly once."""
    new: str
    entry: str
    """What the judge names first."""
    given: Mapping[str, Any]
    """The options, and the shape, that reach it."""
    module: str = ""
    """The module that is edited, where it is not the class's own."""

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


MODULES = {"SparseAdam": "sparse_adam", "Adafactor": "_adafactor", "Muon": "_muon", "LBFGS": "lbfgs"}
SPARSE = "_functional"
MATRIX = {"shape": (4, 6), "foreach": False}
VECTOR = {"shape": (7,), "foreach": False}
LISTS = {"shape": (4, 6), "foreach": True}
TALL = {"shape": (8, 5), "lr": 0.1, "ns_steps": 3}
FIXED = {"line_search_fn": None, "history_size": 100, "max_iter": 4, "max_eval": None, "lr": 0.5}
SINGLE = {**FIXED, "max_iter": 1}
SEARCH = {**SINGLE, "line_search_fn": "strong_wolfe", "max_eval": 20, "shape": (12,)}
AGES = {"betas": (0.9, 0.999)}
AVERAGED = "(grad.coalesce() if grad._nnz() == grad.coalesce()._nnz() else grad.coalesce() / 2)"

PLANTS = (
    Plant("SparseAdam", "the bias of the first moment is a step ahead", "1 - beta1**step", "1 - beta1**(step + 1)", "param",
          AGES, SPARSE),
    Plant("SparseAdam", "the first moment moves by beta1", ".sub(old_exp_avg_values).mul_(1 - beta1)",
          ".sub(old_exp_avg_values).mul_(beta1)", "exp_avg", AGES, SPARSE),
    Plant("SparseAdam", "sizes stand for squares", "grad_values.pow(2)", "grad_values.abs()", "exp_avg_sq", AGES, SPARSE),
    Plant("SparseAdam", "repeated rows are averaged", "grad.coalesce()", AVERAGED, "exp_avg",
          {**AGES, "shape": (3, 4)}, SPARSE),
    Plant("SparseAdam", "rows without a gradient move by one ulp", "exp_avg.add_(make_sparse(exp_avg_update_values))",
          "exp_avg.add_(make_sparse(exp_avg_update_values)).mul_(1 + 2**-52)", "exp_avg", {**AGES, "shape": (8, 5)}, SPARSE),
    Plant("SparseAdam", "the second bias is not under a root", "math.sqrt(bias_correction2)", "bias_correction2", "param",
          AGES, SPARSE),
    Plant("SparseAdam", "steps count double", 'state["step"] += 1', 'state["step"] += 2', "step", {}),
    Plant("SparseAdam", "maximize is forgotten", "grad if not maximize else -grad", "grad", "exp_avg",
          {**AGES, "maximize": True}, SPARSE),
    Plant("Adafactor", "the rate does not fall", "rho_t = min(lr, 1 / (step_float**0.5))", "rho_t = lr", "param",
          {**VECTOR, "lr": 1.0}),
    Plant("Adafactor", "the parameter's norm is no mean", "param.norm(2).item() / (param.numel() ** 0.5)",
          "param.norm(2).item()", "param", {**MATRIX, "eps": (None, 1e-3), "lr": 0.1}),
    Plant("Adafactor", "rows are divided by the count of rows", "div_(grad.size(-1))", "div_(grad.size(-2))", "row_var", MATRIX),
    Plant("Adafactor", "epsilon is not squared", "var_estimate.clamp_(min=eps1 * eps1)", "var_estimate.clamp_(min=eps1)",
          "param", {**VECTOR, "eps": (1e-2, 0.1), "lr": 0.1}),
    Plant("Adafactor", "the threshold is left out", "denom = max(1.0, update.norm(2).item() / ((update.numel() ** 0.5) * d))",
          "denom = max(1.0, update.norm(2).item() / (update.numel() ** 0.5))", "param", {**VECTOR, "d": 1.7, "lr": 0.1}),
    Plant("Adafactor", "columns keep what they should forget", "col_var.lerp_(col_mean, one_minus_beta2_t)",
          "col_var.lerp_(col_mean, 1 - one_minus_beta2_t)", "col_var", {**MATRIX, "beta2_decay": -0.8}),
    Plant("Adafactor", "the decay has no rate", "param.mul_(1 - lr * weight_decay)", "param.mul_(1 - weight_decay)", "param",
          {**VECTOR, "lr": 0.1, "weight_decay": 0.3}),
    Plant("Adafactor", "the columns are not scaled by the rows' mean",
          "torch._foreach_div_(var_estimates, row_var_means)", "pass", "param", {**LISTS, "lr": 0.1}),
    Plant("Adafactor", "steps count double", "step_t += 1", "step_t += 2", "step", VECTOR),
    Plant("Adafactor", "sizes stand for squares", "grads_squared = torch._foreach_mul(device_grads, device_grads)",
          "grads_squared = torch._foreach_abs(device_grads)", "variance", {**LISTS, "shape": (7,)}),
    Plant("Muon", "Nesterov's step is forgotten", "grad.lerp(buf, momentum) if nesterov else buf", "buf", "param",
          {**TALL, "nesterov": True, "momentum": 0.5}),
    Plant("Muon", "the buffer takes all of the gradient", "buf.lerp_(grad, 1 - momentum)", "buf.mul_(momentum).add_(grad)",
          "momentum_buffer", {**TALL, "momentum": 0.5}),
    Plant("Muon", "a coefficient is another", "DEFAULT_B = -4.7750", "DEFAULT_B = -4.5750", "param", TALL),
    Plant("Muon", "two coefficients change places", "beta=b, alpha=c", "beta=c, alpha=b", "param", TALL),
    Plant("Muon", "the shape is taken the other way round", "max(1, A / B)", "max(1, B / A)", "param",
          {**TALL, "adjust_lr_fn": "original"}),
    Plant("Muon", "the smaller side sets the rate", "0.2 * math.sqrt(max(A, B))", "0.2 * math.sqrt(min(A, B))", "param",
          {**TALL, "adjust_lr_fn": "match_rms_adamw"}),
    Plant("Muon", "the decay follows the shape", "1 - lr * weight_decay", "1 - adjusted_lr * weight_decay", "param",
          {**TALL, "adjust_lr_fn": None, "weight_decay": 0.3}),
    Plant("Muon", "an iteration is left out", "range(ns_steps)", "range(ns_steps - 1)", "param", TALL),
    Plant("Muon", "the least norm is added", ".clamp(min=eps)", ".add(eps)", "param", {**TALL, "eps": 10.0}),
    Plant("LBFGS", "the scale is that of the points", "H_diag = ys / y.dot(y)", "H_diag = ys / s.dot(s)", "H_diag", SINGLE),
    Plant("LBFGS", "a product is not inverted", "ro.append(1.0 / ys)", "ro.append(ys)", "ro", SINGLE),
    Plant("LBFGS", "the second loop takes the other difference", "be_i = old_dirs[i].dot(r)", "be_i = old_stps[i].dot(r)", "d",
          SINGLE),
    Plant("LBFGS", "the second loop adds", "alpha=al[i] - be_i", "alpha=al[i] + be_i", "d", SINGLE),
    Plant("LBFGS", "the first loop takes the other difference", "q.add_(old_dirs[i]", "q.add_(old_stps[i]", "d",
          {**SINGLE, "shape": (33,)}),
    Plant("LBFGS", "the first length is by the largest element", "1.0 / flat_grad.abs().sum()", "1.0 / flat_grad.abs().max()",
          "point", {**FIXED, "lr": 0.1}),
    Plant("LBFGS", "differences of points are halved", "s = d.mul(t)", "s = d.mul(t * 0.5)", "old_stps", {**FIXED, "lr": 0.1}),
    Plant("LBFGS", "the latest pair is forgotten", "old_dirs.pop(0)", "old_dirs.pop()", "old_dirs",
          {**SINGLE, "history_size": 2, "lr": 0.1}),
    Plant("LBFGS", "iterations count double", 'state["prev_loss"] = prev_loss',
          'state["prev_loss"], state["n_iter"] = prev_loss, 2 * state["n_iter"]', "n_iter", FIXED),
    Plant("LBFGS", "a search counts as one call", 'state["func_evals"] += ls_func_evals', 'state["func_evals"] += 1',
          "func_evals", {**SEARCH, "lr": 0.01}),
    Plant("LBFGS", "a search goes on too long", "c2=0.9", "c2=0.01", "func_evals", SEARCH),
    Plant("LBFGS", "the cubic's minimum is another", "(g2 + d2 - d1) / (g2 - g1 + 2 * d2)", "(g2 + d2 + d1) / (g2 - g1 + 2 * d2)",
          "point", {**SEARCH, "lr": 8.0}),
    Plant("LBFGS", "a step ends too early", "if current_evals >= max_eval:", "if current_evals >= 2:", "calls", FIXED),
    Plant("LBFGS", "the limit of calls is passed", "if current_evals >= max_eval:", "if current_evals > max_eval:", "n_iter",
          {**FIXED, "max_iter": 8, "max_eval": 3}),
)  # fmt: skip


def planted(plant: Plant) -> Make:
    """Torch's class, made of a copy of its source with the error in it."""
    return edited(plant.name, plant.module or MODULES[plant.name], plant.old, plant.new)


@lru_cache(maxsize=64)
def edited(name: str, module: str, old: str, new: str) -> Make:
    """Class ``name`` of a copy of ``module`` in which ``new`` stands for ``old``."""
    source = inspect.getsource(import_module(f"{TORCH_OPTIM}.{module}"))
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {module}"
    copy = _executed(source.replace(old, new), module)
    if module != MODULES[name]:  # the class's module takes the step's from where it now stands
        own = _executed(inspect.getsource(import_module(f"{TORCH_OPTIM}.{MODULES[name]}")), MODULES[name])
        own.__dict__["F"] = copy
        copy = own
    made: Make = getattr(copy, name)
    return made


def _executed(source: str, module: str) -> ModuleType:
    copy = ModuleType(f"{TORCH_OPTIM}.{module}")
    copy.__package__ = TORCH_OPTIM
    exec(compile(source, f"a copy of {module}.py", "exec"), copy.__dict__)
    return copy
