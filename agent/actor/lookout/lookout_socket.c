/* SPDX-License-Identifier: Apache-2.0 */
/* Sends without waiting: what does not fit is the sender's to count. */
#include "agent/actor/lookout/lookout_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/types.h>

static struct {
	bool made;
	int out, in; /* in: the core's */
} ends;

int lookout_socket_open(void)
{
	int pair[2];

	if (!ends.made) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
			return -1;
		ends.in = pair[0];
		ends.out = pair[1];
		ends.made = true;
	}
	return fcntl(ends.in, F_DUPFD_CLOEXEC, 0);
}

bool lookout_socket_send(const void *sample, size_t len)
{
	return send(ends.out, sample, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}
