"""The errors that are planted in torch's optimizers: a table, by optimizer and variant."""

from diffcheck.training.rules import RULES
from tests.training.adam_plants import ADAM_PLANTS
from tests.training.planting import COUNTED, DROPPED, EXACT, PAIR, Plant, Rows, plants

_LR = "lr=lr,"
_MAX = {"maximize": True}
_DECAY = {"weight_decay": 0.3}
_EPS = {"eps": 1e-3}
_MOMENTUM = {"momentum": 0.9}
_DAMPENED = {"momentum": 0.9, "dampening": 0.1}
_NESTEROV = {"momentum": 0.9, "nesterov": True}

_SGD: Rows = {
    "loop": (
        ("the first momentum is dampened", "grad.detach().clone()", "grad.detach() * (1 - dampening)", _DAMPENED,
         "momentum_buffer"),
        ("dampening has the wrong sign", "1 - dampening", "1 + dampening", _DAMPENED, "momentum_buffer"),
        ("dampening is left out", "alpha=1 - dampening", "alpha=1", _DAMPENED, "momentum_buffer"),
        ("nesterov is left out", "if nesterov:", "if False:", _NESTEROV, "param"),
        ("decay pushes away from zero", "alpha=weight_decay", "alpha=-weight_decay", _DECAY, "param", COUNTED),
        ("decay is decoupled from momentum", "grad = grad.add(param, alpha=weight_decay)", "param.mul_(1 - lr * weight_decay)",
         {**_DECAY, **_MOMENTUM}, "momentum_buffer", COUNTED),
        ("the step goes uphill", "param.add_(grad, alpha=-lr)", "param.add_(grad, alpha=lr)", {}, "param", COUNTED),
        ("maximize is ignored", "grads[i] if not maximize else -grads[i]", "grads[i]", _MAX, "param"),
        ("momentum decays twice as fast", "buf.mul_(momentum)", "buf.mul_(momentum**2)", _MOMENTUM, "momentum_buffer"),
        ("the rate is off by a millionth", "param.add_(grad, alpha=-lr)", "param.add_(grad, alpha=-lr * (1 + 1e-6))",
         {"lr": 0.1},
         "param", {**COUNTED, **EXACT}),
    ),
    "foreach": (
        ("nesterov is left out", "torch._foreach_add_(device_grads, bufs, alpha=momentum)", "device_grads = bufs", _NESTEROV,
         "param"),
        ("the last parameter is left out", "(device_params, device_grads, alpha=-lr)",
         "(device_params[:-1], device_grads[:-1], alpha=-lr)", {"lr": 0.1}, "param", PAIR),
        ("the last momentum does not decay", "torch._foreach_mul_(bufs, momentum)", "torch._foreach_mul_(bufs[:-1], momentum)",
         _MOMENTUM, "momentum_buffer", PAIR),
        ("maximize is ignored", "device_grads = torch._foreach_neg(device_grads)", "pass", _MAX, "param"),
        ("the first momentum is dampened", "device_grads[i].detach().clone()", "device_grads[i] * (1 - dampening)", _DAMPENED,
         "momentum_buffer"),
        ("dampening is left out", "torch._foreach_add_(bufs, device_grads, alpha=1 - dampening)",
         "torch._foreach_add_(bufs, device_grads)", _DAMPENED, "momentum_buffer"),
    ),
    "differentiable": (
        ("nesterov forgets the gradient", "grad.add(buf, alpha=momentum)", "buf * momentum", _NESTEROV, "param"),
        ("the step is a tenth too short", "param.add_(grad, alpha=-lr)", "param.add_(grad, alpha=-0.9 * lr)", {"lr": 0.1},
         "param",
         COUNTED),
    ),
    "fused": (
        ("the rate is doubled", _LR, "lr=2 * lr,", {}, "param"),
        ("each step is the first one", "is_first_step=is_first_step,", "is_first_step=True,", _MOMENTUM, "momentum_buffer"),
        ("nesterov is left out", "nesterov=nesterov,", "nesterov=False,", _NESTEROV, "param"),
        ("maximize is ignored", "maximize=maximize,", "maximize=False,", _MAX, "param"),
        ("dampening has the wrong sign", "dampening=dampening,", "dampening=-dampening,", _DAMPENED, "momentum_buffer"),
        ("decay is left out", "weight_decay=weight_decay,", "weight_decay=0.0,", _DECAY, "param"),
        ("the last parameter is left out", "torch._fused_sgd_(", DROPPED.format("torch._fused_sgd_"), {"lr": 0.1}, "param",
         PAIR),
        ("the rate is off by a millionth", _LR, "lr=lr * (1 - 1e-6),", {"lr": 0.1}, "param", EXACT),
    ),
}  # fmt: skip

_ADAGRAD: Rows = {
    "loop": (
        ("the rate decays a step too early", "(1 + (step - 1) * lr_decay)", "(1 + step * lr_decay)", {"lr_decay": 0.1},
         "param"),
        ("the sum keeps the last square", "state_sum.addcmul_(grad, grad, value=1)", "state_sum.copy_(grad * grad)", {}, "sum"),
        ("eps stands inside the root", "state_sum.sqrt().add_(eps)", "state_sum.add(eps).sqrt_()", _EPS, "param"),
        ("the root is left out", "state_sum.sqrt().add_(eps)", "state_sum.add(eps)", {}, "param"),
    ),
    "foreach": (
        ("the rate does not decay", "(1 + (_get_value(step) - 1) * lr_decay)", "1", {"lr_decay": 0.1}, "param"),
        ("the sum adds gradients as they are", "(device_state_sums, device_grads, device_grads, value=1)",
         "(device_state_sums, device_grads, torch._foreach_sign(device_grads), value=1)", {}, "sum"),
        ("the last parameter is left out", "(device_params, numerator, std)", "(device_params[:-1], numerator[:-1], std[:-1])",
         {},
         "param", PAIR),
    ),
    "differentiable": (
        ("eps is left out", "state_sum.sqrt() + eps", "state_sum.sqrt()", _EPS, "param"),
        ("the step goes uphill", "param.addcdiv_(grad, std, value=-clr)", "param.addcdiv_(grad, std, value=clr)", {}, "param"),
    ),
    "fused": (
        ("the step is off by one", "device_state_steps,\n            lr",
         "[t + 1 for t in device_state_steps],\n            lr",
         {"lr_decay": 0.1}, "param"),
        ("the rate does not decay", "lr_decay=lr_decay,", "lr_decay=0.0,", {"lr_decay": 0.1}, "param"),
        ("eps is left out", "eps=eps,", "eps=0.0,", _EPS, "param"),
        ("the last parameter is left out", "torch._fused_adagrad_(", DROPPED.format("torch._fused_adagrad_"), {}, "sum", PAIR),
        ("maximize is ignored", "maximize=maximize,", "maximize=False,", _MAX, "param"),
    ),
}  # fmt: skip

_ADADELTA: Rows = {
    "loop": (
        ("the average's weights are exchanged", "square_avg.mul_(rho).addcmul_(grad, grad, value=1 - rho)",
         "square_avg.mul_(1 - rho).addcmul_(grad, grad, value=rho)", {}, "square_avg"),
        ("updates are not accumulated", "acc_delta.mul_(rho).addcmul_(delta, delta, value=1 - rho)", "pass", _EPS, "acc_delta"),
        ("updates are accumulated with the rate", "addcmul_(delta, delta, value=1 - rho)",
         "addcmul_(lr * delta, lr * delta, value=1 - rho)", {"lr": 0.1, **_EPS}, "acc_delta"),
        ("eps stands outside the root", "square_avg.add(eps).sqrt_()", "square_avg.sqrt().add_(eps)", {"eps": 0.1},
         "acc_delta"),
        ("the step goes uphill", "param.add_(delta, alpha=-lr)", "param.add_(delta, alpha=lr)", _EPS, "param"),
    ),
    "foreach": (
        ("updates are never forgotten", "torch._foreach_mul_(device_acc_deltas, rho)", "pass", _EPS, "acc_delta"),
        ("eps is left out of the updates", "torch._foreach_add(device_acc_deltas, eps)",
         "[d.clone() for d in device_acc_deltas]",
         _EPS, "acc_delta"),
        ("the root is left out", "torch._foreach_sqrt_(std)", "pass", _EPS, "acc_delta"),
    ),
    "differentiable": (
        ("the updates' weight is the average's", "addcmul_(delta, delta, value=1 - rho)", "addcmul_(delta, delta, value=rho)",
         _EPS,
         "acc_delta"),
        ("decay is left out", "grad = grad.add(param, alpha=weight_decay)", "pass", _DECAY, "square_avg"),
    ),
}  # fmt: skip

_CENTERED = {"centered": True, "alpha": 0.9}
_RMSPROP: Rows = {
    "loop": (
        ("the mean is not taken off", "square_avg.addcmul(grad_avg, grad_avg, value=-1).sqrt_()", "square_avg.sqrt()",
         _CENTERED,
         "param"),
        ("the mean stays zero", "grad_avg.lerp_(grad, 1 - alpha)", "pass", _CENTERED, "grad_avg"),
        ("momentum keeps the rate", "addcdiv_(grad, avg)", "addcdiv_(grad, avg, value=lr)", {**_MOMENTUM}, "momentum_buffer"),
        ("the average's weights are exchanged", "square_avg.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)",
         "square_avg.mul_(1 - alpha).addcmul_(grad, grad, value=alpha)", {}, "square_avg"),
        ("eps is left out", "avg = avg.add_(eps)", "pass", _EPS, "param"),
    ),
    "foreach": (
        ("the average never forgets", "torch._foreach_mul_(grouped_square_avgs, alpha)", "pass", {"alpha": 0.9}, "square_avg"),
        ("the mean is added", "grouped_square_avgs, grouped_grad_avgs, grouped_grad_avgs, value=-1",
         "grouped_square_avgs, grouped_grad_avgs, grouped_grad_avgs, value=1", _CENTERED, "param"),
        ("momentum is left out", "torch._foreach_mul_(grouped_momentum_buffer_list, momentum)",
         "torch._foreach_mul_(grouped_momentum_buffer_list, 0.0)", _MOMENTUM, "momentum_buffer"),
        ("the last parameter is left out", "(grouped_params, grouped_grads, avg, value=-lr)",
         "(grouped_params[:-1], grouped_grads[:-1], avg[:-1], value=-lr)", {}, "param", PAIR),
    ),
    "differentiable": (
        ("eps is added twice", "avg = avg.add(eps)", "avg = avg.add(2 * eps)", _EPS, "param"),
        ("the step goes uphill", "param.addcdiv_(grad, avg, value=-lr)", "param.addcdiv_(grad, avg, value=lr)", {}, "param"),
    ),
}  # fmt: skip

_TIGHT = {"lr": 0.05, "step_sizes": (1e-2, 0.1)}
_RPROP: Rows = {
    "loop": (
        ("the factors are exchanged", 'etaminus, etaplus = group["etas"]', 'etaplus, etaminus = group["etas"]', {}, "step_size",
         {"within": "step"}),
        ("sizes have no bounds", "step_size.mul_(sign).clamp_(step_size_min, step_size_max)", "step_size.mul_(sign)", _TIGHT,
         "step_size"),
        ("the gradient is kept after its sign turned", "prev.copy_(grad)", "prev.copy_(grads[i])", {}, "prev"),
        ("a step is taken after the sign turned", "grad[sign.eq(etaminus)] = 0", "pass", {}, "prev"),
        ("the step goes uphill", "param.addcmul_(grad.sign(), step_size, value=-1)", "param.addcmul_(grad.sign(), step_size)",
         {},
         "param"),
        ("the first size is half the rate", '_to_scalar(group["lr"])', '_to_scalar(group["lr"]) / 2', {}, "step_size",
         {"within": "_init_group"}),
    ),
    "foreach": (
        ("maximize does not turn the signs", "torch._foreach_neg_(signs)", "pass", _MAX, "step_size"),
        ("maximize does not turn what is kept", "torch._foreach_neg_(grouped_prevs)", "pass", _MAX, "prev"),
        ("sizes have no bounds", "step_size.clamp_(step_size_min, step_size_max)", "pass", _TIGHT, "step_size"),
        ("a zero makes the size zero", "sign[sign.eq(0)] = 1", "pass", {}, "step_size"),
    ),
    "differentiable": (
        ("sizes never shrink", "sign[sign.lt(0)] = etaminus", "sign[sign.lt(0)] = etaplus", {}, "step_size"),
        ("the size is used as it was", "step_size.mul_(sign).clamp_", "step_size.mul(sign).clamp_", {}, "step_size"),
    ),
}  # fmt: skip

_SOON = {"t0": 0, "lr": 0.1}
_ASGD: Rows = {
    "loop": (
        ("the average is the parameter", "ax.add_(param.sub(ax).mul_(mu))", "ax.copy_(param)", _SOON, "ax"),
        ("the average does not begin", "ax.copy_(param)", "pass", {}, "ax"),
        ("the rate does not decay", "eta.copy_(new_eta)", "pass", {"lambd": 0.1, "lr": 0.1}, "eta"),
        ("the rate's power is left out", "torch.as_tensor(lr / ((1 + lambd * lr * step) ** alpha))",
         "torch.as_tensor(lr / (1 + lambd * lr * step))", {"lambd": 0.1, "lr": 0.1}, "eta"),
        ("decay forgets the rate", "param.mul_(1 - lambd * eta_value)", "param.mul_(1 - lambd)", {"lambd": 0.1}, "param"),
        ("averaging begins at once", "1 / max(1, step - t0)", "1 / max(1, step)", {"t0": 3}, "mu"),
    ),
    "foreach": (
        ("the average is the parameter", "torch._foreach_addcmul_(grouped_axs, intermediate, grouped_mus)",
         "torch._foreach_add_(grouped_axs, intermediate)", _SOON, "ax"),
        ("decay is left out", "grouped_grads, grouped_params, alpha=lambd", "grouped_grads, grouped_params, alpha=0",
         {"lambd": 0.1, "lr": 0.1}, "param"),
        ("the rate does not decay", "torch._foreach_copy_(grouped_etas, new_etas)", "pass", {"lambd": 0.1, "lr": 0.1}, "eta",
         COUNTED),
        ("the last average is left out", "(grouped_axs, intermediate, grouped_mus)",
         "(grouped_axs[:-1], intermediate[:-1], grouped_mus[:-1])", {}, "ax", PAIR),
    ),
    "differentiable": (
        ("averaging never begins", "1 / max(1, step - t0)", "1 / max(1, t0)", _SOON, "mu"),
        ("decay pushes away from zero", "param.mul_(1 - lambd * eta_value)", "param.mul_(1 + lambd * eta_value)",
         {"lambd": 0.1, "lr": 0.1}, "param"),
    ),
}  # fmt: skip

_FINE = {
    (name, variant): (1e-12, "param", {"lr": 0.5})
    for name in ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "RMSprop")
    for variant in RULES[name].variants
} | dict.fromkeys(
    [("Adam", "differentiable"), ("AdamW", "differentiable"), ("NAdam", "differentiable")],  # their biases are float32
    (1e-5, "param", {"lr": 0.5, "betas": (0.5, 0.5)}),
) | {("ASGD", variant): (1e-6, "eta", {"lr": 0.5}) for variant in RULES["ASGD"].variants}  # fmt: skip
"""By how little a rate may be off to be named in float64, with the entry and the options."""
_FINE_PLANTS = tuple(
    Plant(name, variant, f"the rate is off by {part:g}", 'group["lr"]', f'group["lr"] * (1 + {part})', options, entry,
          within="step", dtypes=("float64",))
    for (name, variant), (part, entry, options) in _FINE.items() if variant != "capturable"
)  # fmt: skip

PLANTS: tuple[Plant, ...] = (
    *plants("SGD", _SGD), *ADAM_PLANTS, *plants("Adagrad", _ADAGRAD), *plants("Adadelta", _ADADELTA),
    *plants("RMSprop", _RMSPROP),
    *plants("Rprop", _RPROP), *plants("ASGD", _ASGD), *_FINE_PLANTS,
)  # fmt: skip
"""Every error, to be named by the judge."""
