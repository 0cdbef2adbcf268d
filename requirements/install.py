"""Makes ``.venv`` and installs one pinned, hash-checked list of packages into it, saying what it does.

``python3 requirements/install.py`` installs mcpserver and what it needs to run; with ``demo`` it starts the demo then;
with ``tox`` it installs tox instead and runs it with the arguments that follow. Any Python 3 can read this file, so
that one too old gets a sentence and not a traceback.
"""

import os
import re
import subprocess
import sys
import time

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
PLACE = os.path.join(TOP, ".venv")
PROGRAMS = os.path.join(PLACE, "Scripts" if os.name == "nt" else "bin")
TAIL = 20
"""Lines of pip's own output that are shown when it fails."""


def main(arguments):
    """Exit code of the program that was started; 1 with one sentence when something lacks."""
    if sys.version_info < OLDEST:
        here = "%d.%d.%d" % sys.version_info[:3]
        return fail(
            "mcpserver needs Python 3.11 or later, and %s is Python %s: run this again with a newer one, such as "
            "python3.11." % (sys.executable, here)
        )
    wanted = arguments[0] if arguments else "run"
    if wanted not in ("run", "demo", "tox"):
        return fail("Nothing here is called %s: choose from run, demo, tox." % wanted)
    try:
        make_environment()
        if wanted == "tox":
            install("tox.txt")
            os.chdir(TOP)
            return start("tox", arguments[1:])
        install("run.txt")
        install_project()
    except InstallError as error:
        return fail(str(error))
    if wanted == "demo":
        return start("mcpserver", arguments)
    say("Ready: %s --help" % os.path.relpath(program("mcpserver")))
    return 0


class InstallError(Exception):
    """One sentence, and what pip said last."""


def make_environment():
    """Keeps an environment that is there and works with this version of Python, and makes it anew otherwise."""
    version = "%d.%d" % sys.version_info[:2]
    if runs_python(version):
        return
    say("Making .venv with Python %s" % version)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", PLACE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()
        raise InstallError(
            "Python could not make .venv; on Debian and Ubuntu, install the package python3-venv.\n%s" % said
        )


def runs_python(version):
    """Whether .venv has a Python of this version with pip."""
    try:
        question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([program("python"), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.decode().strip() == version


def install(name):
    """Install the packages of one list, each in the version and with a hash that the list names.

    Raises InstallError.
    """
    with open(os.path.join(HERE, name)) as file:
        count = len(re.findall(r"^[\w.-]+==", file.read(), re.MULTILINE))
    say("Installing %d packages from requirements/%s, each pinned and checked by its hash:" % (count, name))
    pip("--require-hashes", "-r", os.path.join(HERE, name))


def install_project():
    """Install mcpserver itself, editable: this folder is what runs.

    What builds it is in the list already, so nothing else is fetched. Raises InstallError.
    """
    say("Installing mcpserver from this folder:")
    pip("--no-deps", "--no-build-isolation", "--editable", TOP)


def pip(*arguments):
    """Run ``pip install``, with one line for each package it comes to. Raises InstallError."""
    command = [
        program("python"),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ] + list(arguments)
    begun = time.time()
    lines = []
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in running.stdout:
        lines.append(line.decode("utf-8", "replace").rstrip())
        if lines[-1].startswith("Collecting ") or re.match("Processing .*[.]whl", lines[-1]):
            say("  " + package_of(lines[-1]))
        elif lines[-1].startswith("Installing collected packages"):
            say("  unpacking")
    if running.wait():
        raise InstallError("pip failed; the last lines it wrote:\n" + "\n".join(lines[-TAIL:]))
    say("  done in %.0f s" % (time.time() - begun))


def package_of(line):
    """Name and version, from a line of pip that has ``name==version`` or the path of a wheel."""
    word = line.split()[1].rstrip(";")
    wheel = re.match(r"([^-]+)-([^-]+)-.*[.]whl$", os.path.basename(word))
    return " ".join(wheel.groups()) if wheel else os.path.basename(word).replace("==", " ")


def program(name):
    return os.path.join(PROGRAMS, name + (".exe" if os.name == "nt" else ""))


def start(name, arguments):
    """Go on as that program, so that signals reach it; where a process cannot be replaced, wait for it and return
    its exit code.
    """
    command = [program(name)] + arguments
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


def say(line):
    print(line)
    sys.stdout.flush()


def fail(sentence):
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
