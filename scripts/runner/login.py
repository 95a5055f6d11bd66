"""Does the login in the settings open the panel? Asked, so that the banner never tells a wrong password."""

import httpx


async def opens(http: httpx.AsyncClient, gateway: str, username: str, password: str) -> bool:
    """Log in and out again; True also when the panel could not be asked."""
    headers = {"Origin": gateway}
    form = {"username": username, "password": password}
    try:
        answer = await http.post(f"{gateway}/admin/avito/login", data=form, headers=headers)
        if answer.status_code == 303:
            await http.post(f"{gateway}/admin/avito/logout", headers=headers, cookies=answer.cookies)
    except httpx.HTTPError:
        return True
    return answer.status_code not in {401, 403}
