"""How commands end that a person interrupts."""

from __future__ import annotations

import pytest
import typer

from mediascream.operate_talk import interruptible


def test_an_interrupted_command_says_what_became_of_its_work_and_ends_with_130(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, interruptible("half of it is kept"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "\nmediascream: interrupted; half of it is kept\n"
