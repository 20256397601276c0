/* SPDX-License-Identifier: Apache-2.0 */
/* Moves samples from the lookout's socket to the sensor that each is for. Never looks into them. */
#include "agent/source/lookout_pipe.h"

#include "agent/common/core_fds.h"
#include "agent/common/lookout_sample.h"
#include "agent/sensors/sensors.h"
#include "agent/source/feed.h"

#include <sys/socket.h>
#include <uv.h>

#define SAMPLES_PER_WAKE 64

struct pipe {
	struct feed *feed;
	int fd;
	uv_poll_t poll;
	char sample[LOOKOUT_SAMPLE_MAX];
};

static uint16_t source_of(uint8_t sensor)
{
	static const uint16_t sources[LOOKOUT_SENSORS] = {[LOOKOUT_FILE] = SENSORS_SOURCE_FILE,
							  [LOOKOUT_SESSION] = SENSORS_SOURCE_SESSION,
							  [LOOKOUT_ACCOUNT] = SENSORS_SOURCE_ACCOUNT};

	return sensor < LOOKOUT_SENSORS ? sources[sensor] : 0;
}

static bool read_one(struct pipe *p)
{
	ssize_t got = recv(p->fd, p->sample, sizeof(p->sample), MSG_DONTWAIT);
	struct input input = {.kind = INPUT_SAMPLE, .bytes = {p->sample, got > 0 ? (size_t)got : 0}};

	if (got < 2)
		return got > 0;
	input.source = source_of((uint8_t)p->sample[1]);
	if (input.source)
		feed_input(p->feed, &input);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct pipe *p = poll->data;

	(void)events;
	/* The other end is never closed while the actor lives; a broken one would wake us for ever. */
	if (status < 0)
		uv_poll_stop(poll);
	for (int i = 0; i < SAMPLES_PER_WAKE; i++)
		if (!read_one(p))
			break;
}

static bool wanted(const struct settings *settings)
{
	return settings->file_watch || settings->sessions;
}

static void open_pipe(void *state, const struct source_given *given)
{
	struct pipe *p = state;

	p->feed = given->feed;
	p->fd = given->fd;
	if (p->fd < 0)
		health_set(p->feed->health, given->slot,
			   "files and sessions are not watched: caltropd could not open what tells of them");
}

static void start_pipe(void *state)
{
	struct pipe *p = state;

	if (p->fd < 0)
		return;
	p->poll.data = p;
	feed_poll(p->feed, &p->poll, p->fd, readable);
}

const struct source_row lookout_pipe_row = {
	.name = "lookout",
	.fd = CORE_FD_LOOKOUT,
	.size = sizeof(struct pipe),
	.wanted = wanted,
	.open = open_pipe,
	.start = start_pipe,
};
