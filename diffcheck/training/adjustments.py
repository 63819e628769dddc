"""What stands between gradients and updates, judged: clipping, and the schedule of the learning rate."""

from collections import Counter
from collections.abc import Iterator

from flint import arb

from diffcheck.dtypes import FORMATS, Format
from diffcheck.judgement import judge
from diffcheck.training.events import Event, World
from diffcheck.training.exact.clipping import CLIPPED
from diffcheck.training.exact.number import Arithmetic, Kind
from diffcheck.training.exact.schedules import rate, wander
from diffcheck.training.exact.verdicts import Worst, judge_number
from diffcheck.training.setting import Setting
from diffcheck.training.told import BITS, Told, broken, located, told
from diffcheck.truth.allowance import Allowance
from diffcheck.truth.balls import precision
from diffcheck.truth.local import Truth
from diffcheck.verdict import Verdict


def judge_clip(event: Event, clip: tuple[str, float], form: Format) -> Iterator[Told]:
    """Each parameter's gradient after ``clip_grad_norm_`` or ``clip_grad_value_``."""
    way, bound = clip
    arithmetic = Arithmetic(form)
    grads = {name: moment.grad for name, moment in event.before.moments.items() if moment.grad is not None}
    with precision(BITS):
        numbers = {name: [arithmetic.given(float(each), Kind.TENSOR) for each in grad] for name, grad in grads.items()}
        for name, exact in CLIPPED[way](numbers, bound, arithmetic).items() if numbers else ():
            after = event.after.moments[name].grad
            if after is None:
                yield broken(event.action.step, f"d/d{name}", f"clipping by {way} dropped the gradient")
                continue
            found = [Worst(place, float(actual), number, judge_number(float(actual), number, form))
                     for place, (actual, number) in enumerate(zip(after, exact, strict=True))]  # fmt: skip
            worst = min(found, key=lambda each: each.badness)
            counts = Counter(each.judgement.verdict for each in found)
            point = located(worst.index, len(grads[name]), grad=float(grads[name][worst.index]))
            cause = worst.judgement.cause or f"after clipping by {way} at {bound:g}"
            exactly = worst.number.exact
            yield told(event.action.step, f"d/d{name}", counts, worst.actual, exactly, worst.judgement, form, point, cause)


def judge_schedule(setting: Setting, step: int, world: World, moves: int) -> Iterator[Told]:
    """Each group's learning rate after ``moves`` moves of the schedule."""
    schedule = setting.training.schedule
    assert schedule is not None
    for number, group in enumerate(world.options):
        base, actual = float(group.get("initial_lr", group["lr"])), float(group["lr"])
        form = FORMATS["float32" if "lr" in setting.tensors(number) else "float64"]
        with precision(BITS):
            exact = rate(schedule, base, moves)
            judgement = judge(actual, Truth(exact), Allowance(arb(wander(base, exact, moves, form))), form)
        cause = judgement.cause or f"{schedule.name} after {moves} moves, group {number}"
        counts: dict[Verdict, int] = {judgement.verdict: 1}
        yield told(step, "lr", counts, actual, exact, judgement, form, {"initial_lr": base}, cause)
