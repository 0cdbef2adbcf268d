"""A person with a device in view, at a browser (RFC 8628 section 3.3)."""

from tests.interop.browser import Page, Person


async def enter(person: Person, address: str) -> Page:
    """Open the address of the device's QR code, sign in when asked, go on with the code that is filled in."""
    page = await person.open(address)
    if page.has("password"):
        form = page.form("password")
        page = await person.submit(page, form.filled(login=person.username, password=person.password), form)
    form = page.form("user_code")
    return await person.submit(page, form.fields, form)


async def decide(person: Person, page: Page, decision: str) -> Page:
    form = page.form("request")
    assert ("decision", decision) in form.buttons
    return await person.submit(page, [*form.fields, ("decision", decision)], form)
