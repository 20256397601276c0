/* SPDX-License-Identifier: Apache-2.0 */
/* See guard.h. Every process it makes dies with the test. */
#include "tests/unit/agent/actor/guard.h"

#include "agent/actor/loop.h"
#include "agent/actor/sys/procs.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "tests/unit/counters.h"
#include "tests/unit/files.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEMPLATE                \
	"/tmp/caltrop_guard.XX" \
	"XX"                    \
	"XX"
#define MEETING "CALTROP_TEST_MEETING"
#define USER 65534
#define PATIENCE_MS 2000

static struct actor actor;

static struct sockaddr_un meeting_of(const char *dir)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/meeting", dir);
	return a;
}

/* Room for one descriptor beside a message. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static ssize_t receive(int socket, void *bytes, size_t size, int *fd)
{
	union control control;
	struct iovec iov = {bytes, size};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd p = {socket, POLLIN, 0};
	const struct cmsghdr *c;
	ssize_t got;

	*fd = -1;
	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return -1;
	got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return got;
}

void guard_maybe_core(void)
{
	const char *dir = getenv(MEETING);
	union control control;
	pid_t self = getpid();
	struct iovec iov = {&self, sizeof(self)};
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = CORE_FD_ACTOR;
	struct sockaddr_un address;
	struct cmsghdr *c;
	int meeting;

	if (!dir)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	address = meeting_of(dir);
	meeting = socket(AF_UNIX, SOCK_STREAM, 0);
	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (connect(meeting, (struct sockaddr *)&address, sizeof(address)) != 0 || sendmsg(meeting, &m, 0) < 0)
		_exit(3);
	pause();
	_exit(0);
}

void guard_put(const struct guard *g, const char *name, const char *text)
{
	files_put(g->dir, name, text);
}

static bool can_filter(void)
{
	static struct nft nft;
	bool can = nft_open(&nft) == ERR_OK && nft_setup(&nft) == ERR_OK;

	nft_close(&nft);
	return can;
}

bool guard_prepare(struct guard *g)
{
	struct sockaddr_un address;

	memset(g, 0, sizeof(*g));
	memcpy(g->dir, TEMPLATE, sizeof(TEMPLATE));
	g->socket = g->fd = -1;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || !can_filter() || !mkdtemp(g->dir) ||
	    chmod(g->dir, 0755) != 0)
		return false;
	address = meeting_of(g->dir);
	g->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(bind(g->listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(g->listener, 4) == 0);
	require(chmod(address.sun_path, 0666) == 0);
	guard_put(g, "auth.log", "a line\n");
	g->possible = true;
	return true;
}

bool guard_by_iptables(struct guard *g, struct netfilter *filter)
{
	g->by_iptables = true;
	if (netfilter_open(filter, true) == ERR_OK && netfilter_setup(filter) == ERR_OK)
		return true;
	netfilter_close(filter);
	guard_remove(g);
	return g->possible = false;
}

enum err guard_open(const struct guard *g, struct actor *a, char why[LOOP_WHY_MAX])
{
	struct settings *s = &a->settings;

	settings_default(s);
	snprintf(s->state_dir, sizeof(s->state_dir), "%s/state", g->dir);
	snprintf(s->run_dir, sizeof(s->run_dir), "%s/run", g->dir);
	snprintf(s->files[0], sizeof(s->files[0]), "%s/auth.log", g->dir);
	snprintf(s->files[1], sizeof(s->files[1]), "%s/later/auth.log", g->dir);
	s->file_count = 2;
	snprintf(s->shadow, sizeof(s->shadow), "%s/shadow", g->dir);
	memcpy(s->core, "/proc/self/exe", 15);
	s->never_ban[0] = (struct addr){4, 24, {192, 0, 2}};
	s->never_ban_count = 1;
	s->rules[RULE_BREACH].steps[1] = VERB_RESET;
	s->rules[RULE_BREACH].steps[2] = VERB_LOGOUT;
	s->rules[RULE_PROBING].enabled = false;
	s->packet_filter = g->by_iptables ? FILTER_IPTABLES : FILTER_NF_TABLES;
	if (g->adjust)
		g->adjust(s);
	child_init(&a->child);
	a->child.uid = USER;
	a->child.gid = USER;
	a->rows = verb_table;
	return loop_open(a, why);
}

static _Noreturn void run_actor(const struct guard *g)
{
	char why[LOOP_WHY_MAX];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	counters_twin();
	if (setenv(MEETING, g->dir, 1) != 0 || guard_open(g, &actor, why) != ERR_OK) {
		fprintf(stderr, "guard: %s\n", why);
		_exit(2);
	}
	loop_serve(&actor);
	_exit(0);
}

void guard_next_core(struct guard *g)
{
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 1};
	struct pollfd p = {g->listener, POLLIN, 0};
	int meeting;

	if (g->socket >= 0)
		close(g->socket);
	require(poll(&p, 1, PATIENCE_MS) > 0);
	meeting = accept(g->listener, NULL, NULL);
	require(receive(meeting, &g->core, sizeof(g->core), &g->socket) == sizeof(g->core) && g->socket >= 0);
	close(meeting);
	require(send(g->socket, &ready, sizeof(ready), MSG_NOSIGNAL) == sizeof(ready));
}

void guard_start(struct guard *g)
{
	counters_prepare();
	g->pid = fork();
	require(g->pid >= 0);
	if (g->pid == 0)
		run_actor(g);
	guard_next_core(g);
}

/* As the core does when it has a receipt on its disk. */
static void record(struct guard *g)
{
	struct actor_recorded m = {{MESSAGE_VERSION, ACTOR_RECORDED, sizeof(m), 0}, g->message.receipt.place.seq};

	if (g->message.header.type != ACTOR_RECEIPT || m.seq == 0 || g->forgetful)
		return;
	g->recorded = m.seq;
	(void)!send(g->socket, &m, sizeof(m), MSG_NOSIGNAL);
}

/* Until the actor knows what was recorded: when it has read a message, it has handled the one before. */
static void settle(const struct guard *g)
{
	struct actor_recorded m = {{MESSAGE_VERSION, ACTOR_RECORDED, sizeof(m), 0}, g->recorded};
	int unread = 1;

	if (g->socket < 0 || m.seq == 0 || send(g->socket, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	for (unsigned ms = 0; ms < PATIENCE_MS && unread > 0 && ioctl(g->socket, SIOCOUTQ, &unread) == 0; ms++)
		(void)poll(NULL, 0, unread > 0);
}

void guard_kill(struct guard *g)
{
	settle(g);
	if (g->socket >= 0)
		close(g->socket);
	g->socket = -1;
	counters_write_of(g->pid);
	require(kill(g->pid, SIGKILL) == 0 && waitpid(g->pid, NULL, 0) == g->pid);
}

bool guard_stop(struct guard *g)
{
	int status = -1;
	pid_t ended = 0;

	require(kill(g->pid, SIGTERM) == 0);
	for (unsigned ms = 0; ms < 10 * PATIENCE_MS && ended == 0; ms++) {
		ended = waitpid(g->pid, &status, WNOHANG);
		(void)poll(NULL, 0, ended == 0);
	}
	if (ended == 0)
		guard_kill(g);
	else if (g->socket >= 0)
		close(g->socket);
	g->socket = -1;
	return ended == g->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void guard_remove(struct guard *g)
{
	files_remove(g->dir);
	close(g->listener);
}

void guard_end(struct guard *g)
{
	guard_kill(g);
	guard_remove(g);
}

int guard_tear_down(struct guard *g, struct nft *nft)
{
	if (!g->possible)
		return 0;
	guard_end(g);
	if (nft)
		nft_close(nft);
	return 0;
}

bool guard_next(struct guard *g)
{
	if (g->fd >= 0)
		close(g->fd);
	if (receive(g->socket, &g->message, sizeof(g->message), &g->fd) <= 0)
		return false;
	record(g);
	return true;
}

bool guard_wait(struct guard *g, uint16_t type)
{
	while (guard_next(g))
		if (g->message.header.type == type)
			return true;
	return false;
}

const struct actor_receipt *guard_act(struct guard *g, const struct verb_args *args, uint8_t origin)
{
	struct actor_act act;

	memset(&act, 0, sizeof(act));
	act.header = (struct actor_header){MESSAGE_VERSION, ACTOR_ACT, sizeof(act), 5};
	act.origin = origin;
	act.observe = g->observe;
	act.cause_us = g->cause_us ? g->cause_us : clock_mono_us();
	if (origin == ORIGIN_RULE)
		snprintf(act.rule, sizeof(act.rule), "%s",
			 g->rule		  ? g->rule
			 : args->verb == VERB_BAN ? "brute_force"
						  : "breach");
	act.args = *args;
	require(send(g->socket, &act, sizeof(act), MSG_NOSIGNAL) == sizeof(act));
	return guard_wait(g, ACTOR_RECEIPT) ? &g->message.receipt : NULL;
}

void guard_order_sign(struct actor_order *m, const struct order *order, const struct key_der *private_key)
{
	struct key_der public_key;
	struct buf b;
	size_t len;

	memset(m, 0, sizeof(*m));
	m->header = (struct actor_header){MESSAGE_VERSION, ACTOR_ORDER, sizeof(*m), 6};
	b = buf_over(m->order, sizeof(m->order));
	require(order_encode(&b, order) == ERR_OK && key_public(private_key, &public_key) == ERR_OK);
	m->order_len = (uint16_t)b.len;
	m->signature_count = 1;
	key_id(&public_key, m->signatures[0].key_id);
	require(key_sign(private_key, key_random_kernel, m->order, m->order_len, m->signatures[0].bytes, &len) ==
		ERR_OK);
	m->signatures[0].len = (uint16_t)len;
}

bool guard_order_send(struct guard *g, const struct order *order, const struct key_der *private_key)
{
	struct actor_order m;

	guard_order_sign(&m, order, private_key);
	return send(g->socket, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m);
}

const struct actor_receipt *guard_order(struct guard *g, const struct order *order, const struct key_der *private_key)
{
	return guard_order_send(g, order, private_key) && guard_wait(g, ACTOR_RECEIPT) ? &g->message.receipt : NULL;
}

struct verb_args guard_account(uint16_t verb, const char *name, uint32_t duration_s)
{
	struct verb_args args = {.verb = verb, .duration_s = duration_s};

	memcpy(args.account, name, strlen(name));
	return args;
}

void guard_order_bind(struct order *order)
{
	static uint32_t number;

	number++;
	memcpy(order->id, &number, sizeof(number));
	order->not_before_s = time(NULL) - 5;
	order->not_after_s = time(NULL) + 60;
	order->target_kind = ORDER_DEVICES;
	order->target_count = 1;
	memset(order->targets[0], 7, 16);
}

struct order guard_order_of(const struct verb_args *args)
{
	struct order o = {.step_count = 1, .steps[0].args = *args};

	guard_order_bind(&o);
	return o;
}

pid_t guard_victim(void)
{
	pid_t pid = fork();

	require(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

bool guard_victim_is(pid_t victim, bool stopped)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if ((procs_state(victim) == 'T') == stopped)
			return true;
		(void)usleep(1000);
	}
	return false;
}

void guard_trust(const struct guard *g, struct key_der *order_key)
{
	struct key_der public_key;
	char text[512], path[128];

	snprintf(path, sizeof(path), "%s/state", g->dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/state/trust", g->dir);
	(void)mkdir(path, 0755);
	require(key_generate(key_random_kernel, order_key) == ERR_OK && key_public(order_key, &public_key) == ERR_OK);
	require(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, sizeof(text)) == ERR_OK);
	guard_put(g, "state/trust/order_keys.pem", text);
	guard_put(g, "state/trust/device_id", "07070707070707070707070707070707\n");
}
