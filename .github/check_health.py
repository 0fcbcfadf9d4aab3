"""Waits for the app's health page after a deployment: `python3 check_health.py URL [tries] [seconds between them]`.

Exit 0 when everything is well, and also when the secret `twilio-auth-token` is all that is missing: nobody can have set
it before the first deployment made the vault. Exit 1, with the page's last answer, for anything else.
"""

import json
import sys
import time
import urllib.error
import urllib.request

MISSING_SECRET = "twilio-auth-token: absent"  # noqa: S105  # words of a health report
NOTICE = "::notice::The app runs, and its secret is not set yet: ./sb ops set-secret twilio-auth-token"


def answer(url: str) -> tuple[int, str]:
    """Status and body of the page; status 0 when there was no answer."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310  # the URL is the workflow's own
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def lacks_only_the_secret(body: str) -> bool:
    """Whether the report says that every check is ok but the secrets', which are absent."""
    try:
        checks = json.loads(body)["checks"]
        wrong = [said for said in checks.values() if said != "ok"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(wrong) and all(MISSING_SECRET in str(said) for said in wrong)


def main(url: str, tries: int, pause: float) -> int:
    """Ask until the answer is good. Returns the exit code."""
    status, body = 0, ""
    for attempt in range(tries):
        if attempt:
            time.sleep(pause)
        status, body = answer(url)
        print(f"{url} answers {status}: {body.strip()}", flush=True)
        if status == 200:
            return 0
        if status == 503 and lacks_only_the_secret(body):
            print(NOTICE)
            return 0
    return 1


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "10", "15"]
    sys.exit(main(arguments[0], int(arguments[1]), float(arguments[2])))
