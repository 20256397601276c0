/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/lock.h"

#include "agent/base/require.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/time.h>

/* That it runs is enough: flock returns. */
static void rung(int number)
{
	(void)number;
}

enum err lock_take(int fd, unsigned seconds)
{
	/* It rings every second from then on, or a bell before flock waits would be missed for ever. */
	const struct itimerval limit = {{1, 0}, {(time_t)seconds, 0}}, none = {{0, 0}, {0, 0}};
	struct sigaction bell = {.sa_handler = rung}, before;
	enum err err = ERR_OK;

	require(seconds > 0);
	if (sigaction(SIGALRM, &bell, &before) != 0 || setitimer(ITIMER_REAL, &limit, NULL) != 0)
		return err_from_errno(errno);
	if (flock(fd, LOCK_EX) != 0)
		err = errno == EINTR ? ERR_BUSY : err_from_errno(errno);
	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	return err;
}
