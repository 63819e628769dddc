"""The losses that a course prints: how many torch reproduces to the last digit on this machine, and how many are sound.

``python benchmarks/course.py`` from the project's root. Digits differ between machines: a multiply-add is one rounding on
some and two on others. Every number is within what rounding may have made of the exact run, or a case would fail.
"""

from pathlib import Path

from diffcheck.cases.case import Case
from diffcheck.cases.reader import read_file
from diffcheck.training.actions import actions_of
from diffcheck.training.exact.replay import replay
from diffcheck.training.running.session import run_actions
from diffcheck.training.setting import Setting
from diffcheck.training.whole import Whole, judge_drift
from diffcheck.verdict import Status

CASES = Path(__file__).parents[1] / "cases" / "training.toml"


def main() -> None:
    """Print the counts of both descents."""
    for case in read_file(CASES):
        if isinstance(case, Case) and case.training is not None and case.expected_loss:
            setting, actions = Setting(case.formula, case.training, "float32"), list(actions_of(case.training))
            whole = Whole(setting, list(run_actions(setting, actions)), replay(setting, actions))
            assert whole.replayed is not None
            losses, exact, printed = whole.losses, whole.replayed.losses, case.expected_loss
            same = sum(losses[step] == loss for step, loss in printed.items())
            verdicts = [judge_drift(loss, exact[step], setting.form).verdict for step, loss in printed.items()]
            sound = sum(verdict.status is not Status.FAIL for verdict in verdicts)
            print(f"{case.name}: {len(printed)} printed losses; torch here has {same} to the last digit; {sound} are sound")


if __name__ == "__main__":
    main()
