"""Plugged, pulled, and the host process hit by every kind of trouble meanwhile."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pkcs11_drivers import Algorithm, Limits, Presence, Registry, SkipReason, Token, UKeys, client, errors
from tests.support.faulty import Faulty

if TYPE_CHECKING:
    from tests.pkcs11_drivers.conftest import Bench


def serials(presence: Presence) -> set[str]:
    return {serial for _, _, serial in presence.plugged}


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)


def stopped(ukeys: UKeys, token: Token) -> int:
    """Stop the token's host in its tracks, as a module that hangs would; return its process id."""
    host = ukeys.host_pid(token)
    assert host is not None
    os.kill(host, signal.SIGSTOP)
    return host


def ended(process: int) -> bool:
    """Whether a process is over; one that nobody collects counts (a container's first process may not do it)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_plugging_and_pulling_is_noticed(bench: "Bench", ukeys: UKeys) -> None:
    first, second = bench.make("甲"), bench.make("乙")
    first.pull()
    second.pull()
    assert ukeys.scan().tokens == ()
    assert serials(ukeys.poll()) == set()

    first.plug()
    assert serials(ukeys.poll()) == {first.serial}
    second.plug()
    assert serials(ukeys.poll()) == {first.serial, second.serial}
    first.pull()
    assert serials(ukeys.poll()) == {second.serial}
    assert [token.label for token in ukeys.scan().tokens] == ["乙"]


def test_nothing_new_looks_the_same_twice(bench: "Bench", ukeys: UKeys) -> None:
    bench.make("甲")
    ukeys.scan()

    assert ukeys.poll() == ukeys.poll()


def test_an_empty_socket_is_told_as_such(bench: "Bench", ukeys: UKeys) -> None:
    scan = ukeys.scan()

    assert scan.tokens == ()
    (softhsm,) = [one for one in scan.skipped if one.vendor == "softhsm"]
    assert softhsm.reason is SkipReason.NO_TOKEN
    assert {one.vendor for one in scan.skipped if one.reason is SkipReason.NOT_INSTALLED} >= {"feitian", "zjca"}


def test_the_same_key_works_after_it_was_pulled_and_plugged(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    key = bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    key.pull()
    assert ukeys.poll().logged_in == frozenset()
    with pytest.raises(errors.TokenMissing):
        ukeys.sign(token, b"x", Algorithm.ES256)
    with pytest.raises(errors.TokenMissing):
        ukeys.login(token, pin)

    key.plug()

    (again,) = ukeys.scan().tokens
    assert again == token
    with pytest.raises(errors.LoginRequired):
        ukeys.sign(again, b"x", Algorithm.ES256)
    ukeys.login(again, pin)
    assert len(ukeys.sign(again, b"x", Algorithm.ES256)) == 64


def test_a_key_pulled_while_it_signs_is_told_as_removed(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    key = bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    signed = threading.Event()
    caught: list[errors.UKeyError] = []

    def sign_on_and_on() -> None:
        try:
            while True:
                ukeys.sign(token, b"x" * 100_000, Algorithm.ES256)
                signed.set()
        except errors.UKeyError as error:
            caught.append(error)

    thread = threading.Thread(target=sign_on_and_on)
    thread.start()
    assert signed.wait(10)
    key.pull()
    thread.join()

    (error,) = caught
    assert isinstance(error, errors.TokenRemoved)
    assert error.serial == token.serial
    key.plug()
    ukeys.login(token, pin)
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64


def test_a_login_outlives_the_coming_of_another_key(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    other = bench.make("乙")
    other.pull()
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)

    other.plug()  # SoftHSM would have to be reinitialised to show it, which would end the login
    ukeys.poll()
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64
    ukeys.logout(token)

    assert serials(ukeys.poll()) == {token.serial, other.serial}


def test_a_host_killed_while_idle_is_replaced_and_its_login_is_gone(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    host = ukeys.host_pid(token)
    assert host is not None
    os.kill(host, signal.SIGKILL)

    assert len(ukeys.scan().tokens) == 1
    assert ukeys.host_pid(token) not in {None, host}
    with pytest.raises(errors.LoginRequired):
        ukeys.sign(token, b"x", Algorithm.ES256)
    ukeys.login(token, pin)
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64


def test_a_host_killed_while_it_signs_is_told_and_replaced(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    host = stopped(ukeys, token)  # so that the request is certainly under way when the host dies
    killer = threading.Timer(0.2, os.kill, (host, signal.SIGKILL))
    killer.start()

    with pytest.raises(errors.HostCrashed) as crashed:
        ukeys.sign(token, b"x", Algorithm.ES256)

    killer.join()
    assert (crashed.value.operation, crashed.value.exit_code) == ("sign", -signal.SIGKILL)
    ukeys.login(token, pin)
    assert len(ukeys.sign(token, b"x", Algorithm.ES256)) == 64


def test_a_host_that_hangs_is_killed_in_time_and_replaced(bench: "Bench", pin: str) -> None:
    bench.make("甲")
    with bench.ukeys(Limits(sign=0.3, poll=0.3)) as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, pin)
        first = stopped(ukeys, token)
        with pytest.raises(errors.HostTimedOut):
            ukeys.sign(token, b"x" * 1_000_000, Algorithm.ES256)  # more than a pipe holds
        assert ended(first)
        assert len(ukeys.scan().tokens) == 1

        second = stopped(ukeys, token)
        assert ukeys.poll().failed == {token.module}
        assert ended(second)
        assert len(ukeys.scan().tokens) == 1


def test_a_host_that_keeps_crashing_is_given_a_pause(
    bench: "Bench", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = tmp_path / "starts"
    crash = f"open({str(starts)!r}, 'a').write('x'); import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(client, "host_command", lambda module: [sys.executable, "-c", crash, module])
    bench.make("甲")
    with bench.ukeys() as ukeys:
        for _ in range(5):
            (skipped,) = [one for one in ukeys.scan().skipped if one.vendor == "softhsm"]
            assert skipped.reason is SkipReason.CRASHED

    assert len(starts.read_text()) < 5


def test_a_host_that_cannot_be_started_is_told_as_such(bench: "Bench", monkeypatch: pytest.MonkeyPatch) -> None:
    bench.make("甲")
    monkeypatch.setattr(client, "host_command", lambda _: ["/no/such/program"])
    with bench.ukeys() as ukeys:
        reasons = {one.reason for one in ukeys.scan().skipped if one.vendor == "softhsm"}

    assert reasons == {SkipReason.CRASHED}


def test_a_module_that_cannot_be_loaded_is_skipped_with_its_reason(bench: "Bench", tmp_path: Path) -> None:
    bench.make("甲")
    broken, missing = tmp_path / "eps2003csp11.so", tmp_path / "nowhere.so"
    broken.write_text("not a module")
    registry = bench.registry.with_module(broken).with_module(missing)
    with UKeys(registry, environment=bench.environment()) as ukeys:
        scan = ukeys.scan()
        skipped = {one.module: one for one in scan.skipped}

        assert [token.label for token in scan.tokens] == ["甲"]
        assert skipped[str(broken)].reason is SkipReason.LOAD_FAILED
        assert "eps2003csp11.so" in skipped[str(broken)].detail
        assert skipped[str(missing)].reason is SkipReason.NOT_INSTALLED
        assert ukeys.poll().failed == {str(broken), str(missing)}


def test_a_module_that_prints_does_not_disturb_its_host(bench: "Bench", monkeypatch: pytest.MonkeyPatch) -> None:
    chatter = "import os, sys; from pkcs11_drivers import host, token_module as t; see = t.TokenModule.scan; "
    chatter += "t.TokenModule.scan = lambda self: (os.write(1, b'debug: APDU 00a4\\n'), see(self))[1]; "
    chatter += "sys.exit(host.main(sys.argv[1:]))"
    monkeypatch.setattr(client, "host_command", lambda module: [sys.executable, "-P", "-c", chatter, module])
    bench.make("甲")
    with bench.ukeys() as ukeys:
        assert len(ukeys.scan().tokens) == 1


def test_a_fault_of_the_host_itself_is_told_without_what_was_asked(
    bench: "Bench", monkeypatch: pytest.MonkeyPatch, pin: str
) -> None:
    bug = "import sys; from pkcs11_drivers import host, token_module as t; "
    bug += "t.TokenModule.login = lambda self, slot, serial, pin: int(pin + ' is no number'); "
    bug += "sys.exit(host.main(sys.argv[1:]))"
    monkeypatch.setattr(client, "host_command", lambda module: [sys.executable, "-P", "-c", bug, module])
    bench.make("甲")
    with bench.ukeys() as ukeys:
        (token,) = ukeys.scan().tokens
        host = ukeys.host_pid(token)

        with pytest.raises(errors.DeviceFault) as fault:
            ukeys.login(token, pin)

        assert (fault.value.fault, fault.value.serial) == ("ValueError", token.serial)
        assert pin not in str(fault.value)
        assert len(ukeys.scan().tokens) == 1
        assert ukeys.host_pid(token) != host


def test_callers_on_many_threads_take_turns(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.login(token, pin)
    signatures: list[bytes] = []

    def work() -> None:
        for _ in range(10):
            signatures.append(ukeys.sign(token, b"x", Algorithm.ES256))
            ukeys.poll()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(signatures) == 40


def test_the_host_ends_when_the_program_is_killed(bench: "Bench") -> None:
    bench.make("甲")
    program = textwrap.dedent(
        """
        import sys, time
        from pkcs11_drivers import Registry, UKeys
        ukeys = UKeys(Registry.load())
        (token,) = ukeys.scan().tokens
        print(ukeys.host_pid(token), flush=True)
        time.sleep(60)
        """
    )
    environment = client.host_environment(bench.environment())
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as killed:
        assert killed.stdout is not None
        host = int(killed.stdout.readline())
        assert not ended(host)
        killed.kill()

    wait_until(lambda: ended(host))


def test_a_program_that_forgets_to_close_leaves_no_host(bench: "Bench") -> None:
    bench.make("甲")
    program = (
        "from pkcs11_drivers import Registry, UKeys; ukeys = UKeys(Registry.load());"
        "token, = ukeys.scan().tokens; print(ukeys.host_pid(token))"
    )
    environment = client.host_environment(bench.environment())
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True, timeout=30
    )

    assert done.stderr == ""
    assert ended(int(done.stdout))


def test_looking_at_the_package_loads_neither_the_binding_nor_a_module() -> None:
    program = "import sys, pkcs11_drivers; print({'pkcs11', 'cryptography', 'app', 'PySide6'} & set(sys.modules))"
    environment = client.host_environment(os.environ)
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, check=True)

    assert done.stdout == b"set()\n"


def test_a_frozen_program_runs_itself_as_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    assert client.host_command("some.dll") == [sys.executable, "--token-host", "some.dll"]


def test_closing_forgets_the_module_and_scanning_opens_it_again(bench: "Bench", ukeys: UKeys, pin: str) -> None:
    bench.make("甲")
    (token,) = ukeys.scan().tokens
    ukeys.close()
    with pytest.raises(errors.TokenMissing):
        ukeys.login(token, pin)

    assert ukeys.scan().tokens == (token,)


def test_all_software_keys_of_a_folder_are_found_again(bench: "Bench") -> None:
    first, second = bench.make("甲"), bench.make("乙")
    second.pull()

    again = type(bench.keys)(bench.keys.folder, Registry.load()).all()

    assert {(key.label, key.serial, key.plugged) for key in again} == {
        ("甲", first.serial, True),
        ("乙", second.serial, False),
    }


def test_a_key_that_two_modules_show_is_one_key(bench: "Bench", tmp_path: Path, pin: str) -> None:
    key = bench.make("甲")
    twin = Faulty(bench.keys, tmp_path)
    both = Registry((*bench.registry.only("softhsm").vendors, *twin.registry().vendors))
    with UKeys(both, environment=twin.environment()) as ukeys:
        scan = ukeys.scan()

        (token,) = scan.tokens
        assert (token.serial, token.vendor) == (key.serial, "softhsm")  # the family that knows it, and was verified
        (double,) = [one for one in scan.skipped if one.reason is SkipReason.SAME_KEY]
        assert (double.vendor, double.detail) == ("faulty", token.module)
        ukeys.login(token, pin)
        assert ukeys.scan().tokens[0].logged_in


def test_the_module_that_somebody_picked_is_used_before_one_that_knows_the_key(bench: "Bench", tmp_path: Path) -> None:
    bench.make("甲")
    twin = Faulty(bench.keys, tmp_path)
    registry = bench.registry.only("softhsm")
    with UKeys(registry, environment=twin.environment()) as ukeys:
        assert ukeys.scan().tokens[0].vendor == "softhsm"
        ukeys.add_module(twin.module)
        scan = ukeys.scan()

        (token,) = [one for one in scan.tokens if one.certificates]  # SoftHSM's empty slot shows through it too
        assert token.module == str(twin.module)
        assert [one.vendor for one in scan.skipped if one.reason is SkipReason.SAME_KEY] == ["softhsm"]


def test_a_family_laid_down_here_goes_before_one_that_is_shipped_if_it_knows_the_key(
    bench: "Bench", tmp_path: Path
) -> None:
    bench.make("甲")
    twin = Faulty(bench.keys, tmp_path)
    file = tmp_path / "zz.toml"
    for pattern, used in (("SoftHSM*", "zz"), ("Somebody*", "softhsm")):
        file.write_text(
            'name = "示例"\nsource = "made up"\nverified = false\n'
            f'[recognise]\nmanufacturer = ["{pattern}"]\n'
            f'[[module]]\nplatform = "linux"\nfiles = ["{twin.module.name}"]\nfolders = ["{twin.module.parent}"]\n',
            "utf-8",
        )
        with UKeys(Registry.load([file]).only("softhsm", "zz"), environment=twin.environment()) as ukeys:
            assert [one.vendor for one in ukeys.scan().tokens if one.certificates] == [used]


def like(token: Token, slot: int, *ders: bytes, module: str = "") -> Token:
    """A key with the same serial number in another slot, with other certificates or none."""
    (one,) = token.certificates
    certificates = tuple(replace(one, der=der) for der in ders)
    return replace(token, module=module or token.module, slot=slot, certificates=certificates)


def test_a_serial_number_alone_makes_no_key_the_same(bench: "Bench", ukeys: UKeys) -> None:
    """Makers hand out the same one twice, and write nothing but zeros into it."""
    bench.make("甲")
    (first,) = ukeys.scan().tokens
    other, renewed, bare = like(first, 7, b"2"), like(first, 8, first.certificates[0].der, b"3"), like(first, 9)
    assert not other.is_same_key(first)
    assert renewed.is_same_key(first)
    assert bare.is_same_key(first), "its certificates may show only after a login"
    assert first.among([other, renewed]) == renewed
    assert first.among([renewed, like(first, 5, first.certificates[0].der)]) is None
    assert other.among([like(first, 7, b"2"), like(first, 8, b"2")]) == other
    nameless = replace(first, serial="")
    assert not nameless.is_same_key(replace(nameless, slot=nameless.slot + 1))


def test_two_keys_of_one_module_are_two_however_alike(bench: "Bench", tmp_path: Path) -> None:
    bench.make("甲")
    twin = Faulty(bench.keys, tmp_path)
    with twin.ukeys() as ukeys:
        for plan, seen in (("twins", 2), ("twice", 1)):
            twin.plan(f"C_GetSlotList {plan}")
            scan = ukeys.scan()

            assert len(scan.tokens) == seen
            assert not scan.skipped


def test_a_configuration_in_another_encoding_is_read_as_the_system_writes_paths(bench: "Bench", tmp_path: Path) -> None:
    bench.make("甲")
    tokens = tmp_path / os.fsdecode("软件密钥".encode("gb18030"))
    (bench.keys.folder / "tokens").rename(tokens)
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_bytes(b"directories.tokendir = " + os.fsencode(tokens) + b"\nobjectstore.backend = file\n")
    with UKeys(bench.registry, environment={**os.environ, "SOFTHSM2_CONF": str(configuration)}) as ukeys:
        (token,) = ukeys.scan().tokens

        assert token.label == "甲"


def test_who_is_busy_is_not_waited_for(bench: "Bench", tmp_path: Path, pin: str) -> None:
    bench.make("甲")
    slow = Faulty(bench.keys, tmp_path)
    with slow.ukeys() as ukeys:
        (token,) = ukeys.scan().tokens
        ukeys.login(token, pin)
        before = ukeys.poll()
        slow.plan("C_Sign slow 400")
        signing = threading.Thread(target=ukeys.sign, args=(token, b"x", Algorithm.ES256))
        signing.start()
        looks = 0
        while signing.is_alive():
            assert ukeys.poll() == before
            looks += 1

        assert looks > 2  # one that waits for the signature looks once or twice
        signing.join()
