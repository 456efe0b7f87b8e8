"""Solve the check against robots as a browser does, without one."""

import altcha


def solved(client) -> str:
    """Fetch a challenge and return what the widget would put into the form."""
    challenge = altcha.Challenge.from_dict(client.get("/join/captcha/challenge/").json())
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
