"""Each mode as a few lines of torch that a person would write: a table beside the modes, one row a mode.

A text that leaves torch's number, or None, in ``found``. In braces stands what depends on the example:

inputs   the names of what ``f`` takes, with commas between        tuple     the same as a tuple
all      their numbers, as a tuple                                 tangents  ``ones`` as a tuple
place    the number of the one that is differentiated by           places    all of them, the innermost order first
leaf     its name
outer    the number of the one that is differentiated by last      inner     those before, as a tuple
ones     a tangent: one for the outermost, zeros for the others    moved     the inputs, the outermost a dual number
each     ``torch.func.vmap`` where the inputs hold many points     device    where it runs
half     the narrow dtype of that device                           batch     the inputs as a batch
"""

_BACKWARD = """\
value = {value}
if value.requires_grad:
    value.backward(torch.ones_like(value))
found = {leaf}.grad"""


def _backward(value: str) -> str:
    return _BACKWARD.replace("{value}", value)


_NESTED = """\
g = f
for place in {inner}:
    g = lambda *inputs, g=g, place=place: {derived}
"""
_PULLED = "torch.func.grad(lambda *each: g(*each).sum(), {all})(*inputs)[place]"
_PUSHED = (
    "torch.func.jvp(g, inputs, tuple("
    "(torch.ones_like if k == place else torch.zeros_like)(each) for k, each in enumerate(inputs)))[1]"
)

IDIOMS = {
    "value": "found = f({inputs})",
    "reverse": _backward("f({inputs})"),
    "grad": """\
value = f({inputs})
ones = torch.ones_like(value)
found = torch.autograd.grad(value, {tuple}, ones, allow_unused=True)[{place}] if value.requires_grad else None""",
    "forward": """\
with torch.no_grad(), dual.dual_level():
    found = dual.unpack_dual(f({moved})).tangent""",
    "func_grad": "found = torch.func.grad(lambda *inputs: f(*inputs).sum(), {all})({inputs})[{place}]",
    "func_vjp": """\
value, pull_back = torch.func.vjp(f, {inputs})
found = pull_back(torch.ones_like(value))[{place}]""",
    "func_jvp": "found = torch.func.jvp(f, {tuple}, {tangents})[1]",
    "jacrev": "found = {each}(torch.func.jacrev(f, {all}))({inputs})[{place}]",
    "jacfwd": "found = {each}(torch.func.jacfwd(f, {all}))({inputs})[{place}]",
    "vmap": "found = torch.func.vmap(torch.func.grad(f, {all}))({batch})[{place}]",
    "linearize": """\
value, push = torch.func.linearize(f, {inputs})
found = push({ones})""",
    "batched_grad": """\
value = f({inputs})
ones = torch.ones_like(value)[None]
found = None
if value.requires_grad:
    found = torch.autograd.grad(value, {tuple}, ones, allow_unused=True, is_grads_batched=True)[{place}]""",
    "checkpoint": "from torch.utils.checkpoint import checkpoint\n\n"
    + _backward("checkpoint(f, {inputs}, use_reentrant=False)"),
    "autocast": _backward('torch.autocast("{device}", dtype={half})(f)({inputs})'),
    "compile": _backward('torch.compile(f, backend="inductor", dynamic=False)({inputs})'),
    "compile_eager": _backward('torch.compile(f, backend="aot_eager", dynamic=False)({inputs})'),
    "double_reverse": """\
found = f({inputs})
for place in {places}:
    if found is not None and found.requires_grad:
        ones = torch.ones_like(found)
        found = torch.autograd.grad(found, {tuple}, ones, create_graph=True, allow_unused=True)[place]
    else:
        found = None""",
    "forward_over_reverse": _NESTED.replace("{derived}", _PULLED) + "found = torch.func.jvp(g, {tuple}, {tangents})[1]",
    "reverse_over_forward": _NESTED.replace("{derived}", _PUSHED)
    + "found = torch.func.grad(lambda *each: g(*each).sum(), {all})({inputs})[{outer}]",
    "hessian": "found = {each}(torch.func.hessian(f, {all}))({inputs})[{place}][{outer}]",
    "hvp": "found = torch.autograd.functional.hvp(lambda *each: f(*each).sum(), {tuple}, {tangents})[1][{place}]",
}
"""A mode's lines by its name; ``value`` is the program's own value."""
