"""Going to the message that a search found."""

import pytest

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser


def test_a_thread_that_cannot_be_read_further_now_does_not_freeze_the_page(panel: Panel) -> None:
    script = """
        const thread = { status: 'ready', next: 'above', older: 'idle', messages: [] };
        let asked = 0;
        const older = async () => {
            asked += 1;
            thread.status = 'stale'; // Redis came back as another one: it is read anew first
        };
        const app = { ui: { chatId: 'c' }, thread: () => thread, reader: { older } };
        setTimeout(() => (app.ui.chatId = 'another'), 200);
        await m.jump(app, 'c', { message_id: 'm1', created: 1 });
        return asked;
    """

    assert panel.ask("views/jump.js", script) < 100
