/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lookout's loop. It shares nothing with the actor's own but the socket's two ends and a descriptor by which that
 * says that there is another core.
 */
#include "agent/actor/lookout/lookout.h"

#include "agent/actor/lookout/lookout_part.h"
#include "agent/actor/lookout/lookout_socket.h"
#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/common/thread.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#define PARTS_MAX 4u

/* clang-format off */
static const struct lookout_part *const parts[] = {
	IF_ENABLED(CONFIG_SOURCE_FILE, (&lookout_watch_part,))
	IF_ENABLED(CONFIG_SOURCE_SESSION, (&lookout_sessions_part,))
	NULL,
};
/* clang-format on */

static struct {
	bool opened;
	int wake;
	unsigned count;
	const struct lookout_part *parts[PARTS_MAX]; /* that the settings ask for */
} lookout;

int lookout_open(const struct settings *settings)
{
	if (lookout.opened) {
		lookout_wake();
		return lookout_socket_open();
	}
	lookout.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	lookout.opened = true;
	for (unsigned i = 0; parts[i] && lookout.count < PARTS_MAX; i++) {
		if (!parts[i]->wanted(settings))
			continue;
		parts[i]->open(settings);
		lookout.parts[lookout.count++] = parts[i];
	}
	return lookout_socket_open();
}

void lookout_wake(void)
{
	if (lookout.opened)
		(void)eventfd_write(lookout.wake, 1);
}

void lookout_begin(void)
{
	for (unsigned i = 0; i < lookout.count; i++)
		lookout.parts[i]->begin();
}

static int wait_ms(int64_t wait_us)
{
	int64_t now_us = clock_mono_us();

	for (unsigned i = 0; i < lookout.count; i++) {
		int64_t next_us = lookout.parts[i]->next_us();

		if (next_us != INT64_MAX && (wait_us < 0 || next_us - now_us < wait_us))
			wait_us = next_us > now_us ? next_us - now_us : 0;
	}
	return wait_us < 0 ? -1 : (int)((wait_us + MS_US - 1) / MS_US);
}

void lookout_turn(int64_t wait_us)
{
	struct pollfd fds[1 + PARTS_MAX * LOOKOUT_FDS_MAX] = {{lookout.wake, POLLIN, 0}};
	int of_part[LOOKOUT_FDS_MAX];
	eventfd_t value;

	for (unsigned i = 0; i < lookout.count * LOOKOUT_FDS_MAX; i++) {
		if (i % LOOKOUT_FDS_MAX == 0)
			lookout.parts[i / LOOKOUT_FDS_MAX]->fds(of_part);
		fds[1 + i] = (struct pollfd){of_part[i % LOOKOUT_FDS_MAX], POLLIN, 0};
	}
	if (poll(fds, 1 + lookout.count * LOOKOUT_FDS_MAX, wait_ms(wait_us)) < 0 && errno != EINTR)
		return;
	if (fds[0].revents && eventfd_read(lookout.wake, &value) == 0)
		for (unsigned i = 0; i < lookout.count; i++)
			lookout.parts[i]->again();
	for (unsigned i = 0; i < lookout.count; i++)
		lookout.parts[i]->turn(clock_mono_us());
}

static void *work(void *unused)
{
	(void)unused;
	lookout_begin();
	for (;;)
		lookout_turn(-1);
	return NULL;
}

enum err lookout_start(void)
{
	return lookout.opened ? thread_start(work) : ERR_OK;
}
