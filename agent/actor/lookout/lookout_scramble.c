/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs what is gone with what came. Opens no file, and knows no process but by what it is given. */
#include "agent/actor/lookout/lookout_scramble.h"

#include "agent/actor/lookout/lookout_form.h"
#include "agent/event/file.h"

#include <string.h>

static bool was_plain(const struct lookout_sight *f)
{
	return f->before && f->before->form == LOOKOUT_FORM_PLAIN;
}

static bool is_random(const struct lookout_sight *f)
{
	return f->now->form == LOOKOUT_FORM_RANDOM;
}

/* "plan.odt" and "plan.odt.x7q" or "plan.x7q". */
static bool is_named_after(struct str name, struct str new_name)
{
	size_t dot = str_find_back(name, STR("."));

	if (str_starts(new_name, name))
		return true;
	return dot != SIZE_MAX && dot > 0 && str_starts(new_name, str_sub(name, 0, dot + 1));
}

static struct str name_of(const struct lookout_scramble_half *h)
{
	return (struct str){h->name, h->name_len};
}

/* Whether the file is the other half of that one, of the same directory. */
static bool belongs(const struct lookout_scramble_half *h, const struct lookout_sight *f)
{
	uint64_t ino = h->gone ? f->now->ino : f->before->ino;

	if (h->ino == ino || (f->who && f->who->pid && f->who->pid == h->who.pid))
		return true;
	return h->gone ? is_named_after(name_of(h), f->name) : is_named_after(f->name, name_of(h));
}

static struct lookout_scramble_half *find(struct lookout_scramble *s, const struct lookout_sight *f, bool gone,
					  int64_t now_us)
{
	for (unsigned i = 0; i < LOOKOUT_SCRAMBLE_HALVES; i++) {
		struct lookout_scramble_half *h = &s->halves[i];

		if (h->until_us > now_us && h->gone == gone && h->dir == f->dir && belongs(h, f))
			return h;
	}
	return NULL;
}

static void keep(struct lookout_scramble *s, const struct lookout_sight *f, bool gone, int64_t now_us)
{
	struct lookout_scramble_half *h = &s->halves[s->next_half++ % LOOKOUT_SCRAMBLE_HALVES];

	if (f->name.len > sizeof(h->name))
		return;
	h->until_us = now_us + LOOKOUT_SCRAMBLE_US;
	h->gone = gone;
	h->dir = f->dir;
	h->ino = gone ? f->before->ino : f->now->ino;
	h->who = f->who ? *f->who : s->unknown;
	h->name_len = (uint16_t)f->name.len;
	memcpy(h->name, f->name.data, f->name.len);
}

static bool is_parent(const uint32_t parents[LOOKOUT_WHO_PARENTS], uint32_t pid)
{
	for (unsigned i = 0; i < LOOKOUT_WHO_PARENTS; i++)
		if (parents[i] == pid)
			return pid != 0;
	return false;
}

/* The nearest process above both, or the one of them that is above the other; 0: there is none. */
static uint32_t above_both(const struct lookout_who *a, uint32_t b, const uint32_t parents[LOOKOUT_WHO_PARENTS])
{
	if (is_parent(parents, a->pid))
		return a->pid;
	for (unsigned i = 0; i < LOOKOUT_WHO_PARENTS; i++)
		if (a->parents[i] && (a->parents[i] == b || is_parent(parents, a->parents[i])))
			return a->parents[i];
	return 0;
}

/* Who has it done. A process that did it before, alone, has itself. */
static uint32_t find_head(const struct lookout_scramble *s, const struct lookout_who *who, int64_t now_us)
{
	for (unsigned i = 0; i < LOOKOUT_SCRAMBLE_RECENT; i++) {
		uint32_t pid = s->recent[i].pid, above;

		if (s->recent[i].until_us <= now_us || pid == who->pid)
			continue;
		above = above_both(who, pid, s->recent[i].parents);
		if (above)
			return above;
	}
	return who->pid;
}

static void remember(struct lookout_scramble *s, const struct lookout_who *who, int64_t now_us)
{
	unsigned at = s->next_recent % LOOKOUT_SCRAMBLE_RECENT;

	for (unsigned i = 0; i < LOOKOUT_SCRAMBLE_RECENT; i++)
		if (s->recent[i].pid == who->pid)
			at = i;
	s->next_recent += at == s->next_recent % LOOKOUT_SCRAMBLE_RECENT;
	s->recent[at].until_us = now_us + LOOKOUT_SCRAMBLE_US;
	s->recent[at].pid = who->pid;
	memcpy(s->recent[at].parents, who->parents, sizeof(who->parents));
}

static void name_who(struct lookout_scramble *s, struct lookout_scrambled *out, int64_t now_us)
{
	if (!out->who || out->who->pid == 0) {
		out->who = NULL;
		return;
	}
	out->pid = find_head(s, out->who, now_us);
	remember(s, out->who, now_us);
}

static bool find_pair(struct lookout_scramble *s, const struct lookout_sight *f, int64_t now_us,
		      struct lookout_scrambled *out)
{
	bool gone = f->now->type == FILE_TYPE_NONE;
	struct lookout_scramble_half *h;

	/* Of a file that was known and is like chance, it is known whether it was before. */
	if (gone ? !was_plain(f) : f->before || !is_random(f))
		return false;
	h = find(s, f, !gone, now_us);
	if (!h) {
		keep(s, f, gone, now_us);
		return false;
	}
	h->until_us = 0;
	out->name = gone ? f->name : name_of(h);
	out->other = gone ? name_of(h) : f->name;
	out->who = gone ? &h->who : f->who;
	return true;
}

bool lookout_scramble_note(struct lookout_scramble *s, const struct lookout_sight *sight, int64_t now_us,
			   struct lookout_scrambled *out)
{
	memset(out, 0, sizeof(*out));
	if (was_plain(sight) && is_random(sight)) {
		out->name = sight->name;
		out->who = sight->who;
	} else if (!find_pair(s, sight, now_us, out)) {
		return false;
	}
	name_who(s, out, now_us);
	return true;
}
