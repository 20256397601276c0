/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From settings to a guard that is ready to wait: directories, firewall, journal, sockets for the core, and last of all
 * the confinement, after which nothing more is given up or gained.
 */
#include "agent/actor/loop.h"

#include "agent/actor/hup.h"
#include "agent/actor/lookout/lookout.h"
#include "agent/actor/recall.h"
#include "agent/actor/sys/confine.h"
#include "agent/actor/sys/dirs.h"
#include "agent/actor/sys/opened.h"
#include "agent/actor/sys/sockets.h"
#include "agent/actor/trustee.h"
#include "agent/actor/tuner.h"
#include "agent/actor/verb/objects.h"
#include "agent/base/clock.h"
#include "agent/base/hash.h"
#include "agent/base/key.h"
#include "agent/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FORMER_MS 5000 /* the core of a killed guard has that long to end */

static enum err fail(char why[LOOP_WHY_MAX], enum err err, const char *what)
{
	snprintf(why, LOOP_WHY_MAX, "%s: %s", what, err_text(err));
	return err;
}

static enum err open_dirs(struct actor *a, char why[LOOP_WHY_MAX])
{
	struct dirs d = {.uid = a->child.uid, .gid = a->child.gid};
	enum err err = dirs_make(&d, &a->settings);

	if (err != ERR_OK)
		return fail(why, err, d.what);
	a->state_dir = d.actor;
	a->objects.dir = d.objects;
	a->keys_dir = d.keys;
	a->forgets = d.is_volatile && !a->settings.is_volatile;
	a->child.fds[CORE_FD_STATE] = d.core;
	a->child.fds[CORE_FD_IDENTITY] = d.identity;
	a->child.fds[CORE_FD_TRUST] = d.trust;
	memcpy(a->trust_path, d.trust_path, sizeof(d.trust_path));
	if (a->forgets)
		say(SAY_WARNING, "%s is read-only; state is in %s until the next boot", a->settings.state_dir, d.state);
	return ERR_OK;
}

/* A digest of boot_id of random(4): whether a recorded CLOCK_BOOTTIME still means something. */
static void read_boot(uint8_t boot[JOURNAL_BOOT])
{
	static const struct hash_key key = {0x63616c74726f7021, 0x626f6f7420696421};
	char text[64];
	uint64_t digest;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text)) : -1;

	if (fd >= 0)
		close(fd);
	/* Unknown: a value that no record has, so that the wall clock decides. */
	if (got <= 0)
		(void)key_random_kernel.fill(NULL, (uint8_t *)text, sizeof(text));
	digest = hash_bytes(&key, text, got > 0 ? (size_t)got : sizeof(text));
	memcpy(boot, &digest, JOURNAL_BOOT);
}

static void open_means(struct actor *a)
{
	struct hash_key key = {0, 0};

	(void)key_random_kernel.fill(NULL, (uint8_t *)&key, sizeof(key));
	ledger_init(&a->ledger, key);
	means_collect(a);
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->open)
			a->means[i]->open(a);
}

/* Its size is sealed: a captured core cannot take from us what we look at. */
static void open_reading(struct actor *a)
{
	struct reading *r = &a->reading;
	int fd = memfd_create("caltrop reading", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*r->page)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		page = mmap(NULL, sizeof(*r->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		say(SAY_WARNING, "lines that end the core are not told apart: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	(void)key_random_kernel.fill(NULL, (uint8_t *)&r->key, sizeof(r->key));
	r->page = page;
	a->child.fds[CORE_FD_READING] = fd;
}

static enum err open_for_core(struct actor *a, char why[LOOP_WHY_MAX])
{
	enum err err = child_find(&a->child, a->settings.core);

	if (err != ERR_OK)
		return fail(why, err, a->settings.core[0] ? a->settings.core : "caltrop-core");
	a->child.fds[CORE_FD_SETTINGS] = hup_settings_fd(&a->settings);
	if (a->child.fds[CORE_FD_SETTINGS] < 0)
		return fail(why, err_from_errno(errno), "settings in a memfd");
	a->child.fds[CORE_FD_LOCAL] = sockets_local(a->settings.run_dir, a->child.gid, FORMER_MS);
	if (a->child.fds[CORE_FD_LOCAL] < 0)
		say(SAY_ERR, "%s/caltrop.sock: %s", a->settings.run_dir, strerror(errno));
	open_reading(a);
	opened_all(&a->settings, a->child.fds);
	if (IS_ENABLED(CONFIG_OBJECTS))
		a->child.fds[CORE_FD_PACKS] = objects_open_packs(a);
	if (IS_ENABLED(CONFIG_PLAYBOOKS))
		playbooks_open(a);
	a->child.group_count = opened_groups(a->child.fds, a->child.groups);
	return ERR_OK;
}

static void open_orders(struct actor *a)
{
	/* Nobody's orders reach a guard without an uplink. */
	a->mandate.trust_state = ERR_NOT_FOUND;
	if (IS_ENABLED(CONFIG_UPLINK))
		trustee_refresh(a);
	a->health.trust = (uint8_t)a->mandate.trust_state;
	a->hosts.names[0] = a->settings.server_host;
	a->hosts.names[1] = a->mandate.trust.server_name;
	for (unsigned i = 0; i < SETTINGS_NEVER_BAN_NAMES_MAX; i++)
		a->hosts.names[HOSTS_SERVER_NAMES + i] = a->settings.never_ban_names[i];
	a->hosts.uid = a->child.uid;
	a->hosts.gid = a->child.gid;
	a->hosts.pipe = a->hosts.watch_fd = a->hosts.socket.fd = -1;
}

enum err loop_open(struct actor *a, char why[LOOP_WHY_MAX])
{
	enum err err = open_dirs(a, why);

	if (err != ERR_OK)
		return err;
	read_boot(a->boot);
	if (IS_ENABLED(CONFIG_TUNING))
		tuner_open(a);
	actor_budgets(a);
	open_orders(a);
	if (IS_ENABLED(CONFIG_IMMUNITY))
		immunity_open(a);
	open_means(a);
	if (IS_ENABLED(CONFIG_UPLINK))
		proof_open(a);
	recall_journal(a);
	recall_true(a);
	err = open_for_core(a, why);
	if (err != ERR_OK)
		return err;
	confine_short_slice();
	err = confine_enter(means_capabilities(a) | opened_capabilities(&a->settings), why);
	if (err != ERR_OK)
		return err;
	err = worker_start(&a->worker);
	if (err != ERR_OK)
		return fail(why, err, "worker thread");
	if (IS_ENABLED(CONFIG_LOOKOUT) && lookout_start() != ERR_OK)
		return fail(why, ERR_NO_MEMORY, "lookout thread");
	secrets_refill(a);
	return ERR_OK;
}
