"""The errors that are planted in the optimizers that keep moments."""

from tests.training.planting import COUNTED, DROPPED, EXACT, PAIR, Plant, Rows, plants

_LR = "lr=lr,"
_MAX = {"maximize": True}
_DECAY = {"weight_decay": 0.3}
_EPS = {"eps": 1e-3}
_AMSGRAD = {"betas": (0.9, 0.5), "amsgrad": True}

_ADAM: Rows = {
    "loop": (
        ("the first moment's bias is left in", "bias_correction1 = 1 - beta1**step", "bias_correction1 = 1", {}, "param",
         {"nth": 3}),
        ("the second moment's bias is left in", "bias_correction2 = 1 - beta2**step", "bias_correction2 = 1", {}, "param",
         {"nth": 3}),
        ("eps stands inside the root", "(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)",
         "(exp_avg_sq / bias_correction2).add_(eps).sqrt()", _EPS, "param"),
        ("eps is left out", "(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)",
         "exp_avg_sq.sqrt() / bias_correction2_sqrt",
         _EPS, "param"),
        ("eps is added before the bias is taken out", "(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)",
         "exp_avg_sq.sqrt().add_(eps) / bias_correction2_sqrt", _EPS, "param"),
        ("the first moment decays as the second", "1 - device_beta1", "1 - beta2", {}, "exp_avg"),
        ("the second moment's weight is left out", "exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)",
         "exp_avg_sq.mul_(beta2).addcmul_(grad, grad)", {}, "exp_avg_sq"),
        ("amsgrad forgets the largest", "torch.maximum(max_exp_avg_sqs[i], exp_avg_sq, out=max_exp_avg_sqs[i])",
         "max_exp_avg_sqs[i].copy_(exp_avg_sq)", _AMSGRAD, "max_exp_avg_sq"),
        ("amsgrad keeps the smallest", "torch.maximum(max_exp_avg_sqs[i], exp_avg_sq,",
         "torch.minimum(max_exp_avg_sqs[i], exp_avg_sq,", _AMSGRAD, "max_exp_avg_sq"),
        ("amsgrad does not use the largest", "(max_exp_avg_sqs[i].sqrt() / bias_correction2_sqrt).add_(eps)",
         "(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)", _AMSGRAD, "param"),
        ("maximize is ignored", "grads[i] if not maximize else -grads[i]", "grads[i]", _MAX, "exp_avg"),
        ("decay is decoupled", "if decoupled_weight_decay:", "if not decoupled_weight_decay:", _DECAY, "exp_avg"),
        ("the step is off by one", "step = _get_value(step_t)", "step = _get_value(step_t) + 1", {}, "param"),
        ("a step counts twice", "step_t += 1", "step_t += 2", {}, "step"),
        ("the step goes uphill", "value=-step_size", "value=step_size", {}, "param"),
        ("the rate is off by a millionth", "value=-step_size", "value=-step_size * (1 + 1e-6)", {"lr": 0.1}, "param", EXACT),
    ),
    "foreach": (
        ("the first moment's bias is left in", "1 - beta1 ** _get_value(step)", "1.0", {}, "param"),
        ("the second bias keeps no root", "bc**0.5 for bc", "bc for bc", {}, "param"),
        ("eps is left out", "torch._foreach_add_(exp_avg_sq_sqrt, eps)", "pass", _EPS, "param", COUNTED),
        ("amsgrad keeps the smallest", "_foreach_maximum_", "_foreach_minimum_", _AMSGRAD, "max_exp_avg_sq", COUNTED),
        ("maximize is ignored", "device_grads = torch._foreach_neg(device_grads)", "pass", _MAX, "exp_avg"),
        ("the last first moment is left out", "device_exp_avgs, device_grads, cast",
         "device_exp_avgs[:-1], device_grads[:-1], cast",
         {}, "exp_avg", PAIR),
        ("the second moment decays as the first", "(device_exp_avg_sqs, beta2)", "(device_exp_avg_sqs, beta1)", {},
         "exp_avg_sq"),
        ("decay is taken twice", "device_grads, device_params, alpha=weight_decay",
         "device_grads, device_params, alpha=2*weight_decay",
         _DECAY, "exp_avg", COUNTED),
    ),
    "differentiable": (
        ("the second bias keeps no root", "= bias_correction2.sqrt()", "= bias_correction2", {}, "param"),
        ("amsgrad keeps the smallest", "torch.maximum(max_exp_avg_sq, exp_avg_sq)", "torch.minimum(max_exp_avg_sq, exp_avg_sq)",
         _AMSGRAD, "max_exp_avg_sq"),
        ("eps is not divided by the step's size", ".add_(eps / step_size_neg)", ".add_(eps)", _EPS, "param", COUNTED),
        ("the biases are exchanged", "bias_correction1 = 1 - beta1**step", "bias_correction1 = 1 - beta2**step", {}, "param",
         COUNTED),
    ),
    "fused": (
        ("the betas are exchanged", "beta1=beta1,\n            beta2=beta2,", "beta1=beta2,\n            beta2=beta1,", {},
         "exp_avg"),
        ("the moments are exchanged", "device_exp_avgs,\n            device_exp_avg_sqs,",
         "device_exp_avg_sqs,\n            device_exp_avgs,", {}, "exp_avg"),
        ("the step is off by one", "device_state_steps,\n            amsgrad",
         "[t + 1 for t in device_state_steps],\n            amsgrad",
         {}, "param"),
        ("the last parameter is left out", "func(", DROPPED.format("func"), {}, "exp_avg", PAIR),
        ("amsgrad's largest is not stored", "device_max_exp_avg_sqs,  #", "[v.clone() for v in device_max_exp_avg_sqs],  #",
         _AMSGRAD,
         "max_exp_avg_sq"),
        ("decay is left out", "weight_decay=weight_decay,", "weight_decay=0.0,", _DECAY, "exp_avg"),
        ("maximize is ignored", "maximize=maximize,", "maximize=False,", _MAX, "exp_avg"),
        ("the rate is doubled", _LR, "lr=2 * lr,", {}, "param"),
        ("the rate is off by a millionth", _LR, "lr=lr * (1 + 1e-6),", {"lr": 0.1}, "param", EXACT),
    ),
}  # fmt: skip

_ADAMW: Rows = {
    "loop": (
        ("decay forgets the rate", "1 - lr * weight_decay", "1 - weight_decay", {}, "param"),
        ("decay is coupled", "if decoupled_weight_decay:", "if False:", {}, "exp_avg"),
        ("decay comes after the update", "param.addcdiv_(exp_avg, denom, value=-step_size)",
         "param.div_(1 - lr * weight_decay).addcdiv_(exp_avg, denom, value=-step_size).mul_(1 - lr * weight_decay)",
         {"lr": 0.1, **_DECAY}, "param"),
        ("decay is left out", "param.mul_(1 - lr * weight_decay)", "pass", {"lr": 0.1}, "param"),
    ),
    "foreach": (
        ("decay forgets the rate", "1 - lr * weight_decay", "1 - weight_decay", {}, "param"),
        ("decay pushes away from zero", "1 - lr * weight_decay", "1 + lr * weight_decay", {"lr": 0.1}, "param"),
    ),
    "differentiable": (
        ("decay takes the rate squared", "1 - lr * weight_decay", "1 - lr**2 * weight_decay", {"lr": 0.1}, "param"),
    ),
    "fused": (
        ("decay is coupled", "if not decoupled_weight_decay else torch._fused_adamw_", "", {}, "exp_avg"),
        ("decay is left out", "weight_decay=weight_decay,", "weight_decay=0.0,", {"lr": 0.1}, "param"),
        ("the step is off by one", "device_state_steps,\n            amsgrad",
         "[t + 1 for t in device_state_steps],\n            amsgrad",
         {}, "param"),
    ),
}  # fmt: skip

_ADAMAX: Rows = {
    "loop": (
        ("the norm does not decay", "exp_inf.mul_(beta2),", "exp_inf,", {"betas": (0.9, 0.5)}, "exp_inf"),
        ("eps is left out", "grad.abs().add_(eps),\n", "grad.abs(),\n", _EPS, "exp_inf"),
        ("the bias is left in", "bias_correction = 1 - beta1 ** _get_value(step_t)", "bias_correction = 1", {}, "param"),
        ("the norm keeps the smallest", "torch.maximum(", "torch.minimum(", {}, "exp_inf"),
    ),
    "foreach": (
        ("the norm decays as the first moment", "(grouped_exp_infs, beta2)", "(grouped_exp_infs, beta1)", {}, "exp_inf"),
        ("the norm forgets that sizes have no sign", "grouped_grads = torch._foreach_abs(grouped_grads)", "pass", {},
         "exp_inf"),
        ("the bias is the second's", "1 - beta1 ** _get_value(step)", "1 - beta2 ** _get_value(step)", {}, "param"),
        ("the last norm does not decay", "(grouped_exp_infs, beta2)", "(grouped_exp_infs[:-1], beta2)", {}, "exp_inf", PAIR),
    ),
    "differentiable": (
        ("the norm keeps the smallest", "torch.amax", "torch.amin", {}, "exp_inf"),
        ("the norm forgets that sizes have no sign", "grad.abs().add_(eps).unsqueeze_(0)", "grad.add(eps).unsqueeze_(0)", {},
         "exp_inf"),
    ),
}  # fmt: skip

_WANING = {"momentum_decay": 0.1}
_NADAM: Rows = {
    "loop": (
        ("the next momentum is the present one", "mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((step + 1) * momentum_decay)))",
         "mu_next = mu", _WANING, "param"),
        ("momentum does not wane", "mu = beta1 * (1.0 - 0.5 * (0.96 ** (step * momentum_decay)))", "mu = beta1", _WANING,
         "mu_product"),
        ("the product forgets what was before", "mu_product *= mu", "mu_product.fill_(mu)", _WANING, "mu_product"),
        ("the next product is the present one", "_get_value(mu_product) * mu_next", "_get_value(mu_product)", {}, "param"),
        ("decay is decoupled", "if decoupled_weight_decay:", "if not decoupled_weight_decay:", _DECAY, "exp_avg"),
        ("the second moment's bias is left in", "bias_correction2 = 1 - beta2**step", "bias_correction2 = 1", {}, "param"),
    ),
    "foreach": (
        ("the next momentum is the present one", "(_get_value(step) + 1) * momentum_decay", "_get_value(step) * momentum_decay",
         _WANING, "param"),
        ("the gradient's weight is left out", "_get_value(lr) * (1.0 - mu) /", "_get_value(lr) /", {}, "param"),
        ("the second bias keeps no root", "(1 - beta2 ** _get_value(step)) ** 0.5", "(1 - beta2 ** _get_value(step))", {},
         "param"),
        ("the product takes the next momentum", "(grouped_mu_products, mus)", "(grouped_mu_products, mu_nexts)", {},
         "mu_product"),
    ),
    "differentiable": (
        ("the next product is the present one", "mu_product_next = mu_product * mu_next", "mu_product_next = mu_product", {},
         "param"),
        ("eps is left out", "denom = denom.add(eps)", "pass", _EPS, "param"),
        ("the gradient's weight is momentum's", "-lr * (1.0 - mu) / (1.0 - mu_product))\n", "-lr * mu / (1.0 - mu_product))\n",
         {},
         "param"),
    ),
}  # fmt: skip

_RADAM: Rows = {
    "loop": (
        ("rectified from 4 on", "if rho_t > 5.0:", "if rho_t > 4.0:", {"lr": 0.1}, "param"),
        ("the rectification is left out", "* _compute_rect(),", ",", {"lr": 0.1}, "param"),
        ("the bias is left in before it is rectified", "param.add_(bias_corrected_exp_avg * lr, alpha=-1.0)",
         "param.add_(exp_avg * lr, alpha=-1.0)", {"lr": 0.1}, "param"),
        ("nothing is done before it is rectified", "param.add_(bias_corrected_exp_avg * lr, alpha=-1.0)", "pass", {"lr": 0.1},
         "param"),
        ("the average's length is off by one", "rho_inf = 2 / (1 - beta2) - 1", "rho_inf = 2 / (1 - beta2)",
         {"lr": 0.1, "betas": (0.9, 0.9)}, "param"),
    ),
    "foreach": (
        ("rectified from 4 on", "if rho_t > 5\n", "if rho_t > 4\n", {"lr": 0.1}, "param"),
        ("both steps are taken", "0 if rect > 0 else 1.0", "1.0", {"lr": 0.1}, "param"),
        ("the second bias keeps no root", "((1 - beta2 ** _get_value(step)) ** 0.5)", "(1 - beta2 ** _get_value(step))",
         {"lr": 0.1},
         "param"),
        ("maximize is ignored", "grouped_grads = torch._foreach_neg(grouped_grads)", "pass", _MAX, "exp_avg"),
    ),
    "differentiable": (
        ("eps is left out", "exp_avg_sq_sqrt.add(eps)", "exp_avg_sq_sqrt", {"lr": 0.1, "eps": 1e-2}, "param"),
        ("the rectification stands upside down", ") ** 0.5", ") ** -0.5", {"lr": 0.1}, "param"),
    ),
}  # fmt: skip

ADAM_PLANTS: tuple[Plant, ...] = (
    *plants("Adam", _ADAM), *plants("AdamW", _ADAMW), *plants("Adamax", _ADAMAX), *plants("NAdam", _NADAM),
    *plants("RAdam", _RADAM),
)  # fmt: skip
