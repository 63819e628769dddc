"""The table of update rules: a row for each optimizer of torch, and the descent that a course writes by hand.

Every cell is text or a number, so that the table imports nothing. A row follows torch's own order of work where
rounding shows it: ``m + (1 - beta1)*(g - m)``, not ``beta1*m + (1 - beta1)*g``.
"""

from collections.abc import Mapping
from typing import Any

from diffcheck.training.rule import Entry, Rule


def lerp(start: str, end: str, weight: str) -> str:
    """``start`` moved by ``weight`` towards ``end``, from the nearer end as torch's lerp does."""
    return f"where({weight} < 1/2, {start} + ({weight})*({end} - {start}), {end} - ({end} - {start})*(1 - ({weight})))"


_GRADIENT = """
g = grad                                                          | not maximize
g = -grad                                                         | maximize
"""
_COUPLED = "g = g + weight_decay*param                            | weight_decay and not decoupled_weight_decay\n"
_DECOUPLED = "param = param*(1 - lr*weight_decay)                 | weight_decay and decoupled_weight_decay\n"
_COUNT = "step = step + 1\n"
_FIRST = f"exp_avg = {lerp('exp_avg', 'g', '1 - beta1')}\n"
_SECOND = "exp_avg_sq = beta2*exp_avg_sq + (1 - beta2)*g*g\n"
_MOMENTS = _COUNT + _GRADIENT + _DECOUPLED + _COUPLED + _FIRST + _SECOND

_BIAS = """
bias1 = 1 - beta1**step
bias2 = 1 - beta2**step
"""
_LARGEST = """
max_exp_avg_sq = max(max_exp_avg_sq, exp_avg_sq)                  | amsgrad
v = max_exp_avg_sq                                                | amsgrad
v = exp_avg_sq                                                    | not amsgrad
"""
_ADAM = _MOMENTS + _BIAS + _LARGEST + "param = param - lr/bias1*exp_avg/(sqrt(v)/bias2**0.5 + eps)\n"
_ADAM_INSIDE = _MOMENTS + _BIAS + _LARGEST + """
step_size = -(lr/bias1)
param = param + exp_avg/(sqrt(v)/(sqrt(bias2)*step_size) + eps/step_size)
"""  # fmt: skip

_NADAM_START = _COUNT + """
mu = beta1*(1 - 0.5*0.96**(step*momentum_decay))
mu_next = beta1*(1 - 0.5*0.96**((step + 1)*momentum_decay))
mu_product = mu_product*mu
bias2 = 1 - beta2**step
""" + _GRADIENT + _DECOUPLED + _COUPLED + _FIRST + _SECOND  # fmt: skip
_NADAM_END = """
param = param + (-(lr*(1 - mu)/(1 - mu_product)))*g/denom
param = param + (-(lr*mu_next/(1 - mu_product*mu_next)))*exp_avg/denom
"""
_NADAM = _NADAM_START + "denom = sqrt(exp_avg_sq/bias2) + eps\n" + _NADAM_END
_NADAM_FOREACH = _NADAM_START + "denom = sqrt(exp_avg_sq)/bias2**0.5 + eps\n" + _NADAM_END
_NADAM_DIFFERENTIABLE = _NADAM_START + """
denom = sqrt(exp_avg_sq/bias2) + eps
param = param + g*(-(lr*(1 - mu)/(1 - mu_product)))/denom
param = param + exp_avg*(-(lr*mu_next/(1 - mu_product*mu_next)))/denom
"""  # fmt: skip

_RADAM_START = _MOMENTS + _BIAS + """
rho_inf = 2/(1 - beta2) - 1
rho = rho_inf - 2*step*beta2**step/bias2
rect = where(rho > 5, ((rho - 4)*(rho - 2)*rho_inf/((rho_inf - 4)*(rho_inf - 2)*rho))**0.5, 0)
"""  # fmt: skip
_RADAM = _RADAM_START + """
m = exp_avg/bias1*lr
param = param - where(rho > 5, m*(bias2**0.5/(sqrt(exp_avg_sq) + eps))*rect, m)
"""  # fmt: skip
_RADAM_FOREACH = _RADAM_START + """
scale = -(bias2**0.5*(lr*rect/bias1))
param = param + exp_avg*where(rho > 5, 1/((sqrt(exp_avg_sq) + eps)/scale), -(lr/bias1))
"""  # fmt: skip

_ADAGRAD = _COUNT + _GRADIENT + _COUPLED + """
clr = lr/(1 + (step - 1)*lr_decay)
sum = sum + g*g
param = param - clr*g/(sqrt(sum) + eps)
"""  # fmt: skip
_ADAGRAD_FOREACH = _ADAGRAD.replace("clr*g/(sqrt(sum) + eps)", "g*clr/(sqrt(sum) + eps)")

_ADADELTA = _COUNT + _GRADIENT + _COUPLED + """
square_avg = rho*square_avg + (1 - rho)*g*g
delta = sqrt(acc_delta + eps)/sqrt(square_avg + eps)*g
acc_delta = rho*acc_delta + (1 - rho)*delta*delta
param = param - lr*delta
"""  # fmt: skip

_ADAMAX = _COUNT + _GRADIENT + _COUPLED + _FIRST + """
exp_inf = max(beta2*exp_inf, abs(g) + eps)
param = param - lr/(1 - beta1**step)*exp_avg/exp_inf
"""  # fmt: skip
_ADAMAX_CAPTURABLE = _ADAMAX.replace("- lr/(1 - beta1**step)*exp_avg/exp_inf", "+ exp_avg/(exp_inf*((beta1**step - 1)/lr))")

# The variance is never negative in exact arithmetic: at torch's rounded averages it may be, and counts as 0.
_RMSPROP = _COUNT + _GRADIENT + _COUPLED + f"""
square_avg = alpha*square_avg + (1 - alpha)*g*g
grad_avg = {lerp('grad_avg', 'g', '1 - alpha')}                  | centered
avg = sqrt(max(square_avg - grad_avg*grad_avg, 0)) + eps          | centered
avg = sqrt(square_avg) + eps                                      | not centered
momentum_buffer = momentum*momentum_buffer + g/avg                | momentum
param = param - lr*momentum_buffer                                | momentum
param = param - lr*g/avg                                        | not momentum
"""  # fmt: skip

_RPROP = _COUNT + _GRADIENT + """
direction = sign(g*prev)
factor = where(direction > 0, etaplus, where(direction < 0, etaminus, 1))
step_size = min(max(step_size*factor, step_size_min), step_size_max)
prev = where(direction < 0, 0, g)
param = param - sign(prev)*step_size
"""  # fmt: skip

_ASGD_END = """
eta = lr/(1 + lambd*lr*step)**alpha
mu = 1/max(1, step - t0)
"""
_ASGD = _COUNT + _GRADIENT + _COUPLED + """
param = param*(1 - lambd*eta)
param = param - eta*g
ax = where(mu == 1, param, ax + (param - ax)*mu)
""" + _ASGD_END  # fmt: skip
_ASGD_FOREACH = _COUNT + _GRADIENT + _COUPLED + """
g = g + lambd*param
param = param - g*eta
ax = ax + (param - ax)*mu
""" + _ASGD_END  # fmt: skip

_SGD = _GRADIENT + _COUPLED + """
momentum_buffer = g                                               | momentum and first
momentum_buffer = momentum*momentum_buffer + (1 - dampening)*g    | momentum and not first
g = g + momentum*momentum_buffer                                  | momentum and nesterov
g = momentum_buffer                                               | momentum and not nesterov
param = param - lr*g
"""  # fmt: skip

_STEP = Entry("step", scalar=True)
_FLAGS = {"maximize": False, "foreach": None, "capturable": False, "differentiable": False}
_BETAS = {"betas": ("beta1", "beta2")}
_ALL = ("loop", "foreach", "differentiable", "capturable")
_MOMENT_STATE = (_STEP, Entry("exp_avg"), Entry("exp_avg_sq"))
_ADAM_STATE = (*_MOMENT_STATE, Entry("max_exp_avg_sq", when="amsgrad"))


def _adam_options(weight_decay: float) -> dict[str, Any]:
    return {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": weight_decay, "amsgrad": False,
            "decoupled_weight_decay": weight_decay != 0, "fused": None, **_FLAGS}  # fmt: skip


TABLE = (
    Rule("manual", "Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
         {"lr": 1e-3}, (), "param = param - lr*grad"),
    Rule("SGD", "Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013",
         {"lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, "maximize": False,
          "foreach": None, "differentiable": False, "fused": None},
         (Entry("momentum_buffer", "", when="momentum"),), _SGD, variants=("loop", "foreach", "fused", "differentiable")),
    Rule("Adam", "Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1; amsgrad: Reddi et al., 2018",
         _adam_options(0), _ADAM_STATE, _ADAM, {"differentiable": _ADAM_INSIDE, "capturable": _ADAM_INSIDE}, _BETAS,
         variants=(*_ALL, "fused")),
    Rule("AdamW", "Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2",
         _adam_options(0.01), _ADAM_STATE, _ADAM, {"differentiable": _ADAM_INSIDE, "capturable": _ADAM_INSIDE}, _BETAS,
         {"decoupled_weight_decay": True}, (*_ALL, "fused")),
    Rule("Adamax", "Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, section 7.1",
         {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, **_FLAGS},
         (_STEP, Entry("exp_avg"), Entry("exp_inf")), _ADAMAX, {"capturable": _ADAMAX_CAPTURABLE}, _BETAS, variants=_ALL,
         on_tensors=("capturable",)),
    Rule("NAdam", "Dozat, Incorporating Nesterov momentum into Adam, 2016",
         {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "momentum_decay": 4e-3,
          "decoupled_weight_decay": False, **_FLAGS},
         (Entry("step", scalar=True, on_tensors=("capturable",)), Entry("mu_product", "1", scalar=True), Entry("exp_avg"),
          Entry("exp_avg_sq")), _NADAM,
         {"foreach": _NADAM_FOREACH, "differentiable": _NADAM_DIFFERENTIABLE, "capturable": _NADAM_DIFFERENTIABLE}, _BETAS,
         variants=_ALL),
    Rule("RAdam", "Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020, algorithm 2",
         {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "decoupled_weight_decay": False, **_FLAGS},
         _MOMENT_STATE, _RADAM, {"foreach": _RADAM_FOREACH}, _BETAS, variants=_ALL,
         on_tensors=("capturable",)),
    Rule("Adagrad", "Duchi, Hazan and Singer, Adaptive subgradient methods, JMLR 12 (2011)",
         {"lr": 1e-2, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10, "maximize": False,
          "foreach": None, "differentiable": False, "fused": None},
         (_STEP, Entry("sum", "initial_accumulator_value")), _ADAGRAD, {"foreach": _ADAGRAD_FOREACH},
         variants=("loop", "foreach", "fused", "differentiable"), on_tensors=(), unrounded=()),
    Rule("Adadelta", "Zeiler, ADADELTA: an adaptive learning rate method, 2012, algorithm 1",
         {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0, **_FLAGS},
         (_STEP, Entry("square_avg"), Entry("acc_delta")), _ADADELTA, variants=_ALL),
    Rule("RMSprop", "Tieleman and Hinton, Lecture 6.5, 2012; centered: Graves, Generating sequences, 2013",
         {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": False, **_FLAGS},
         (_STEP, Entry("square_avg"), Entry("momentum_buffer", when="momentum"), Entry("grad_avg", when="centered")),
         _RMSPROP, variants=_ALL),
    Rule("Rprop", "Riedmiller and Braun, A direct adaptive method: the RPROP algorithm, 1993",
         {"lr": 1e-2, "etas": (0.5, 1.2), "step_sizes": (1e-6, 50), **_FLAGS},
         (_STEP, Entry("prev"), Entry("step_size", "lr")), _RPROP,
         parts={"etas": ("etaminus", "etaplus"), "step_sizes": ("step_size_min", "step_size_max")}, variants=_ALL),
    Rule("ASGD", "Polyak and Juditsky, Acceleration of stochastic approximation by averaging, 1992",
         {"lr": 1e-2, "lambd": 1e-4, "alpha": 0.75, "t0": 1e6, "weight_decay": 0, **_FLAGS},
         (_STEP, Entry("eta", "lr", scalar=True), Entry("mu", "1", scalar=True), Entry("ax")), _ASGD,
         {"foreach": _ASGD_FOREACH}, variants=_ALL, on_tensors=("foreach", "capturable")),
    Rule("SparseAdam", "Kingma and Ba, ICLR 2015, algorithm 1, for the rows that have a gradient",
         {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "maximize": False},
         (_STEP, Entry("exp_avg"), Entry("exp_avg_sq")), parts=_BETAS, gradients="sparse", written_out="sparse_adam"),
    Rule("Adafactor", "Shazeer and Stern, Adafactor: adaptive learning rates with sublinear memory cost, 2018, algorithm 5",
         {"lr": 1e-2, "beta2_decay": -0.8, "eps": (None, 1e-3), "d": 1.0, "weight_decay": 0.0, "foreach": None,
          "maximize": False},
         (_STEP, Entry("row_var", when="matrix"), Entry("col_var", when="matrix"), Entry("variance", when="not matrix")),
         parts={"eps": ("eps1", "eps2")}, variants=("loop", "foreach"), written_out="adafactor"),
    Rule("Muon", "Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024",
         {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True, "ns_coefficients": (3.4445, -4.775, 2.0315),
          "eps": 1e-7, "ns_steps": 5, "adjust_lr_fn": None},
         (Entry("momentum_buffer"),), written_out="muon"),
    Rule("LBFGS", "Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 3.5",
         {"lr": 1, "max_iter": 20, "max_eval": None, "tolerance_grad": 1e-7, "tolerance_change": 1e-9, "history_size": 100,
          "line_search_fn": None},
         tuple(Entry(name, "") for name in ("func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag",
                                           "prev_flat_grad", "prev_loss", "al")),
         gradients="closure", written_out="lbfgs"),
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.name: rule for rule in TABLE}
"""A rule by its name."""
