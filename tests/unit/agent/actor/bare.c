/* SPDX-License-Identifier: Apache-2.0 */
/* See bare.h. */
#include "tests/unit/agent/actor/bare.h"

#include "agent/actor/verb/action_rows.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/caltrop_bare.XX" \
	"XX"                   \
	"XX"

struct bare bare;

static void path_of(const struct bare *b, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", b->dir, name);
}

static int make_dir(const struct bare *b, const char *name)
{
	char path[128];
	int fd;

	path_of(b, name, path);
	require(mkdir(path, 0755) == 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(fd >= 0);
	return fd;
}

void bare_put(const struct bare *b, const char *name, const char *text)
{
	files_put(b->dir, name, text);
}

static void trust(struct bare *b)
{
	struct key_der public_key;
	char text[512];

	require(key_generate(key_random_kernel, &b->order_key) == ERR_OK &&
		key_public(&b->order_key, &public_key) == ERR_OK);
	require(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, sizeof(text)) == ERR_OK);
	bare_put(b, "trust/order_keys.pem", text);
	bare_put(b, "trust/device_id", "07070707070707070707070707070707\n");
	bare_put(b, "trust/group", "gates\n");
}

void bare_start(struct bare *b)
{
	struct actor *a = &b->actor;
	int pair[2];

	memset(b, 0, sizeof(*b));
	memcpy(b->dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(b->dir) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	settings_default(&a->settings);
	ledger_init(&a->ledger, (struct hash_key){1, 2});
	child_init(&a->child);
	a->rows = verb_table;
	a->child.socket = pair[0];
	b->core = pair[1];
	a->child.fds[CORE_FD_STATE] = make_dir(b, "core");
	a->objects.dir = make_dir(b, "objects");
	a->state_dir = a->keys_dir = make_dir(b, "actor");
	require(journal_open(&a->journal, a->state_dir, NULL, NULL) == ERR_OK);
	close(make_dir(b, "trust"));
	snprintf(a->trust_path, sizeof(a->trust_path), "%s/trust", b->dir);
	a->firewall = ERR_UNSUPPORTED;
	a->accounts_watch = -1;
	trust(b);
	require(worker_start(&a->worker) == ERR_OK);
}

void bare_end(struct bare *b)
{
	files_remove(b->dir);
	close(b->core);
	close(b->actor.child.socket);
	close(b->actor.child.fds[CORE_FD_STATE]);
	close(b->actor.objects.dir);
	journal_close(&b->actor.journal);
	close(b->actor.state_dir);
}

int bare_set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	return 0;
}

int bare_tear_down(void **state)
{
	(void)state;
	bare_end(&bare);
	return 0;
}

bool bare_next(struct bare *b, union actor_message *m)
{
	(void)!actor_flush(&b->actor);
	return recv(b->core, m, sizeof(*m), MSG_DONTWAIT) > 0;
}

const struct actor_receipt *bare_receipt(struct bare *b, union actor_message *m)
{
	while (bare_next(b, m))
		if (m->header.type == ACTOR_RECEIPT)
			return &m->receipt;
	return NULL;
}

void bare_act(struct bare *b, const struct verb_args *args)
{
	const struct act_request request = {.origin = ORIGIN_ORDER, .args = *args};

	act_begin(&b->actor, &request);
}
