/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the process that collects, and hears what came of it. Never reads what it collected. */
#include "agent/actor/sys/collect_open.h"

#include "agent/base/clock.h"
#include "agent/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 256		   /* more than caltropd ever has open */
#define LONGEST_US (2 * MINUTE_US) /* it ends itself far earlier, unless it is captured */

_Static_assert(sizeof(struct collect_ask) <= PIPE_BUF, "a pipe takes it whole before anybody reads");

static struct {
	pid_t pid; /* 0: none is under way */
	int answer;
	int64_t started_us;
	uint32_t round;		   /* how many were started */
	uint32_t ended;		   /* the number of the one that ended last */
	struct collect_answer got; /* of that one */
} collecting = {.answer = -1};

/* Above all that it will find open, so that none takes the place of another. */
static int aside(int fd)
{
	return fcntl(fd, F_DUPFD, COLLECT_FD_END);
}

struct ends {
	int settings, ask, out, answer;
};

/* Executed anew, it has nothing of ours but these. */
static _Noreturn void become_collector(const struct ends *e)
{
	char *const arguments[] = {(char *)(uintptr_t) "caltropd", (char *)(uintptr_t)COLLECT_MODE, NULL};
	char *const environment[] = {NULL};
	const int from[COLLECT_FD_END] = {[COLLECT_FD_SETTINGS] = aside(e->settings),
					  [COLLECT_FD_ASK] = aside(e->ask),
					  [COLLECT_FD_OUT] = aside(e->out),
					  [COLLECT_FD_ANSWER] = aside(e->answer)};

	for (int fd = COLLECT_FD_SETTINGS; fd < COLLECT_FD_END; fd++)
		(void)dup2(from[fd], fd);
	for (int other = COLLECT_FD_END; other < FDS_MAX; other++)
		close(other);
	execve("/proc/self/exe", arguments, environment);
	dprintf(STDERR_FILENO, "caltropd: the collection cannot be started: %s\n", strerror(errno));
	_exit(1);
}

static void close_pair(const int pair[2])
{
	for (unsigned i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

int collect_open_fd(void)
{
	return collecting.answer;
}

/* The answer, or the end of the pipe: in either case it has nothing left to do. */
void collect_open_ready(void)
{
	struct collect_answer *got = &collecting.got;

	if (collecting.answer < 0)
		return;
	if (read(collecting.answer, got, sizeof(*got)) != (ssize_t)sizeof(*got))
		*got = (struct collect_answer){.err = ERR_INTERRUPTED};
	got->why[sizeof(got->why) - 1] = '\0';
	str_show(str_from(got->why), got->why, sizeof(got->why));
	close(collecting.answer);
	collecting.answer = -1;
	(void)kill(collecting.pid, SIGKILL);
	(void)waitpid(collecting.pid, NULL, 0);
	collecting.pid = 0;
	collecting.ended = collecting.round;
}

bool collect_open_busy(void)
{
	if (collecting.pid > 0 && clock_mono_us() >= collecting.started_us + LONGEST_US)
		collect_open_ready();
	return collecting.pid > 0;
}

enum err collect_open_start(const struct collect_ask *ask, int settings, int out, uint32_t *round)
{
	int asked[2] = {-1, -1}, answered[2] = {-1, -1};
	enum err err = ERR_OK;

	if (collect_open_busy())
		return ERR_BUSY;
	if (pipe2(asked, O_CLOEXEC) != 0 || pipe2(answered, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    write(asked[1], ask, sizeof(*ask)) != (ssize_t)sizeof(*ask))
		err = err_from_errno(errno);
	if (err == ERR_OK) {
		collecting.pid = fork();
		if (collecting.pid == 0)
			become_collector(&(struct ends){settings, asked[0], out, answered[1]});
		if (collecting.pid < 0) {
			collecting.pid = 0;
			err = err_from_errno(errno);
		}
	}
	close_pair(asked);
	if (err != ERR_OK) {
		close_pair(answered);
		return err;
	}
	close(answered[1]);
	collecting.answer = answered[0];
	collecting.started_us = clock_mono_us();
	*round = ++collecting.round;
	return ERR_OK;
}

enum err collect_open_result(uint32_t round, char why[COLLECT_WHY_MAX])
{
	if (round == collecting.round && collecting.pid > 0)
		return ERR_BUSY;
	if (round != collecting.ended)
		return ERR_NOT_FOUND;
	memcpy(why, collecting.got.why, COLLECT_WHY_MAX);
	return (enum err)collecting.got.err;
}
