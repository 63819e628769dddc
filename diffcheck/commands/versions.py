"""What a bug report should tell of the machine."""

import argparse

from diffcheck.commands.status import ExitStatus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace) -> int:
    """Print a table of versions."""
    from tabulate import tabulate

    print(tabulate(rows(), tablefmt="plain", disable_numparse=True))
    return ExitStatus.PASSED


def rows() -> list[tuple[str, str]]:
    """What there is to tell, in pairs."""
    import os
    import platform

    import torch

    from diffcheck.cases.schema import DEVICES
    from diffcheck.program.devices import available
    from diffcheck.run import versions

    cuda = torch.version.cuda
    graphics = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    threads = f"{torch.get_num_threads()} of {os.cpu_count()} processors"
    return [
        *((name, version) for name, version in versions().items() if name != "machine"),
        ("torch's CUDA", str(cuda) if cuda is not None else "none: this build is for the CPU"),
        ("torch's devices", ", ".join([*available(DEVICES), *graphics])),
        ("torch's threads", threads),
        ("platform", platform.platform()),
        ("machine", platform.machine()),
    ]
