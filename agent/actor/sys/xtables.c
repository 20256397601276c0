/* SPDX-License-Identifier: Apache-2.0 */
/* Takes tables from the kernel and gives them back, for iptables.c; what is in them is xtables_blob.c's. */
#include "agent/actor/sys/xtables.h"

#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE "mangle"
#define LOCK_TRIES 20 /* of LOCK_WAIT_MS: iptables(8) has the lock for a few milliseconds */
#define LOCK_WAIT_MS 5
#define READ_TRIES 4 /* the table may grow between two calls */

_Static_assert(sizeof(struct ipt_replace) == sizeof(struct ip6t_replace) &&
		       sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries) &&
		       sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES &&
		       IPT_SO_SET_REPLACE == IP6T_SO_SET_REPLACE && IPT_SO_SET_ADD_COUNTERS == IP6T_SO_SET_ADD_COUNTERS,
	       "one form for both families");
_Static_assert(sizeof(struct xt_counters_info) <= 4 * sizeof(struct xt_counters), "it fits");
_Static_assert(sizeof(struct ipt_replace) <= XTABLES_HEADER_MAX, "it fits");

static int level(uint8_t family)
{
	return family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
}

static int fd_of(const struct xtables *x, uint8_t family)
{
	return x->fds[family == 6];
}

enum err xtables_open(struct xtables *x)
{
	x->fds[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	x->fds[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	x->lock = open(XTABLES_LOCK, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return x->fds[0] < 0 ? ERR_UNSUPPORTED : ERR_OK;
}

void xtables_close(struct xtables *x)
{
	for (unsigned i = 0; i < 2; i++) {
		if (x->fds[i] >= 0)
			(void)close(x->fds[i]);
		x->fds[i] = -1;
	}
	if (x->lock >= 0)
		(void)close(x->lock);
	x->lock = -1;
}

bool xtables_has(const struct xtables *x, uint8_t family)
{
	return fd_of(x, family) >= 0;
}

static bool has_revision(const struct xtables *x, uint8_t family, int option, struct xt_get_revision r)
{
	socklen_t len = sizeof(r);

	return getsockopt(fd_of(x, family), level(family), option, &r, &len) == 0;
}

bool xtables_has_match(const struct xtables *x, uint8_t family, const char *name, uint8_t revision)
{
	struct xt_get_revision r = {.revision = revision};

	snprintf(r.name, sizeof(r.name), "%s", name);
	return has_revision(x, family, family == 4 ? IPT_SO_GET_REVISION_MATCH : IP6T_SO_GET_REVISION_MATCH, r);
}

bool xtables_has_target(const struct xtables *x, uint8_t family, const char *name, uint8_t revision)
{
	struct xt_get_revision r = {.revision = revision};

	snprintf(r.name, sizeof(r.name), "%s", name);
	return has_revision(x, family, family == 4 ? IPT_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_TARGET, r);
}

/* What the kernel says when a table or a match is not there. */
static enum err error(void)
{
	if (errno == ENOENT || errno == ENOPROTOOPT || errno == ENODEV)
		return ERR_UNSUPPORTED;
	return errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
}

static enum err read_once(struct xtables *x, uint8_t family, const char *table, struct xtables_blob *b)
{
	struct ipt_get_entries *got = (struct ipt_get_entries *)(void *)x->old;
	struct ipt_getinfo info = {.size = 0};
	socklen_t len = sizeof(info);

	snprintf(info.name, sizeof(info.name), "%s", table);
	if (getsockopt(fd_of(x, family), level(family), IPT_SO_GET_INFO, &info, &len) != 0)
		return error();
	if (info.size > XTABLES_BYTES_MAX)
		return ERR_TOO_LONG;
	memset(x->old, 0, sizeof(*got) + info.size);
	snprintf(got->name, sizeof(got->name), "%s", table);
	got->size = info.size;
	len = (socklen_t)(sizeof(*got) + info.size);
	if (getsockopt(fd_of(x, family), level(family), IPT_SO_GET_ENTRIES, got, &len) != 0)
		return error();
	*b = (struct xtables_blob){.family = family,
				   .bytes = (uint8_t *)got->entrytable,
				   .len = info.size,
				   .cap = info.size,
				   .valid_hooks = info.valid_hooks};
	memcpy(b->hook, info.hook_entry, sizeof(b->hook));
	memcpy(b->under, info.underflow, sizeof(b->under));
	return xtables_blob_read(b);
}

enum err xtables_read(struct xtables *x, uint8_t family, const char *table, struct xtables_blob *b)
{
	enum err err = ERR_BUSY;

	for (unsigned i = 0; i < READ_TRIES && err == ERR_BUSY; i++)
		err = read_once(x, family, table, b);
	return err;
}

/* What packets everybody's rules had counted, which a replacement sets to zero, is added again. */
static void give_counters_back(struct xtables *x, const struct xtables_blob *made, const uint32_t *from)
{
	struct xt_counters_info *info = (struct xt_counters_info *)(void *)x->back;

	memset(info, 0, sizeof(*info));
	snprintf(info->name, sizeof(info->name), TABLE);
	info->num_counters = made->count;
	for (unsigned i = 0; i < made->count; i++)
		info->counters[i] = from[i] == XTABLES_NONE ? (struct xt_counters){0, 0} : x->counters[from[i]];
	(void)setsockopt(fd_of(x, made->family), level(made->family), IPT_SO_SET_ADD_COUNTERS, info,
			 (socklen_t)(sizeof(*info) + made->count * sizeof(info->counters[0])));
}

static enum err replace(struct xtables *x, const struct xtables_blob *old, const struct xtables_group *g)
{
	struct ipt_replace *r = (struct ipt_replace *)(void *)x->made;
	struct xtables_blob made = {.bytes = (uint8_t *)r->entries, .cap = XTABLES_BYTES_MAX};
	uint32_t from[XTABLES_ENTRIES_MAX];
	enum err err = xtables_blob_put(old, g, &made, from);

	if (err != ERR_OK)
		return err;
	memset(r, 0, sizeof(*r));
	snprintf(r->name, sizeof(r->name), TABLE);
	r->valid_hooks = made.valid_hooks;
	r->num_entries = made.count;
	r->size = (unsigned)made.len;
	memcpy(r->hook_entry, made.hook, sizeof(r->hook_entry));
	memcpy(r->underflow, made.under, sizeof(r->underflow));
	r->num_counters = old->count;
	r->counters = x->counters;
	if (setsockopt(fd_of(x, old->family), level(old->family), IPT_SO_SET_REPLACE, r,
		       (socklen_t)(sizeof(*r) + made.len)) != 0)
		return error();
	give_counters_back(x, &made, from);
	return ERR_OK;
}

static enum err take_lock(const struct xtables *x)
{
	for (unsigned i = 0; x->lock >= 0 && flock(x->lock, LOCK_EX | LOCK_NB) != 0; i++) {
		if (i == LOCK_TRIES)
			return ERR_BUSY;
		(void)poll(NULL, 0, LOCK_WAIT_MS);
	}
	return ERR_OK;
}

enum err xtables_put(struct xtables *x, const struct xtables_group *g)
{
	struct xtables_blob old;
	enum err err = take_lock(x);

	if (err != ERR_OK)
		return err;
	err = xtables_read(x, g->chains.family, TABLE, &old);
	if (err == ERR_OK && xtables_blob_sum(&old, g->name) != xtables_blob_group_sum(g))
		err = replace(x, &old, g);
	if (x->lock >= 0)
		(void)flock(x->lock, LOCK_UN);
	return err;
}

enum err xtables_take(struct xtables *x, struct xtables_group *g)
{
	struct xtables_blob b;
	enum err err = xtables_read(x, g->chains.family, TABLE, &b);

	return err == ERR_OK ? xtables_blob_take(&b, g) : err;
}

enum err xtables_sums(struct xtables *x, uint8_t family, const char *const *names, uint64_t *sums)
{
	struct xtables_blob b;
	enum err err = xtables_read(x, family, TABLE, &b);

	for (unsigned i = 0; names[i]; i++)
		sums[i] = err == ERR_OK ? xtables_blob_sum(&b, names[i]) : 0;
	return err;
}
