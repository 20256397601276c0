/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the module that came or went with what the kernel's program told, and else with the command lines of insmod,
 * modprobe and rmmod. Never guesses: an option that it does not know, or two calls that fit, and nobody is named.
 */
#include "agent/sensors/process/process_loaders.h"

#include "agent/sensors/path.h"

#include <string.h>

/* Options without a value, that change nothing about which module it is. */
static const struct str plain[] = {
	STR("-q"), STR("--quiet"), STR("-v"),	   STR("--verbose"), STR("-s"),	   STR("--syslog"),
	STR("-b"), STR("-k"),	   STR("--force"), STR("-f"),	     STR("--all"), STR("--first-time"),
	STR("-w"), STR("--wait"),  STR("-a"),	   STR("--"),
};

static const struct str removes[] = {STR("-r"), STR("--remove")};

static bool is_of(struct str option, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(option, list[i]))
			return true;
	return false;
}

#define IS_OF(option, list) is_of(option, list, sizeof(list) / sizeof((list)[0]))

/* A command line, read one argument after the other. */
struct call {
	struct str rest;
	bool unloads, known; /* what it does; all options so far are known */
};

/* The next name of a module. False: there are no more. */
static bool next_name(struct call *c, struct str *name)
{
	while (!str_empty(c->rest)) {
		*name = str_cut(&c->rest, '\0');
		if (!str_starts(*name, STR("-")))
			return true;
		if (IS_OF(*name, removes))
			c->unloads = true;
		else
			c->known &= IS_OF(*name, plain);
	}
	return false;
}

/* A file's name without its folder and its end, with '-' for '_': the kernel takes one for the other. */
static bool is_module(struct str name, struct str module)
{
	struct str base = path_base(name);
	size_t end = str_find(base, STR(".ko"));

	base = str_sub(base, 0, end);
	if (base.len != module.len || base.len == 0)
		return false;
	for (size_t i = 0; i < base.len; i++)
		if ((base.data[i] == '-' ? '_' : base.data[i]) != (module.data[i] == '-' ? '_' : module.data[i]))
			return false;
	return true;
}

static struct call call_of(const struct process_entry *e)
{
	struct call c = {.rest = {e->args, e->args_len}, .known = !e->args_cut};

	str_cut(&c.rest, '\0');
	c.unloads = str_equal((struct str){e->name, e->name_len}, STR("rmmod"));
	return c;
}

static bool has_option(struct call c, struct str option)
{
	while (!str_empty(c.rest))
		if (str_equal(str_cut(&c.rest, '\0'), option))
			return true;
	return false;
}

/* Whether it was called to do that. Behind the first name insmod and modprobe take parameters, but for modprobe -a. */
static bool does(const struct process_entry *e, const struct module_event *event)
{
	struct call c = call_of(e);
	bool many = c.unloads || has_option(c, STR("-a")) || has_option(c, STR("--all")) || has_option(c, removes[0]) ||
		    has_option(c, removes[1]);
	bool found = false;
	struct str name;

	for (bool first = true; next_name(&c, &name); first = false)
		found |= (first || many) && is_module(name, event->name);
	return found && c.known && c.unloads == (event->action == MODULE_UNLOAD);
}

static bool is_loader(const struct process_entry *e)
{
	static const struct str names[] = {STR("insmod"), STR("modprobe"), STR("rmmod")};

	return e->ids && e->euid == 0 && IS_OF(((struct str){e->name, e->name_len}), names);
}

void process_loaders_note(struct process_loaders *l, const struct process_entry *e)
{
	if (!is_loader(e))
		return;
	l->list[l->next] = (struct process_loader){.who = *e};
	l->next = (l->next + 1) % PROCESS_LOADERS_MAX;
}

void process_loaders_did(struct process_loaders *l, const struct process_entry *e, struct str module, bool unloads)
{
	struct process_deed *deed = &l->deeds[l->deed_next % PROCESS_DEEDS_MAX];

	if (module.len == 0 || module.len > sizeof(deed->module))
		return;
	*deed = (struct process_deed){.by = {.who = *e}, .unloads = unloads, .len = (uint8_t)module.len};
	memcpy(deed->module, module.data, module.len);
	l->deed_next = (l->deed_next + 1) % PROCESS_DEEDS_MAX;
}

static void end(struct process_loader *one, const struct process_entry *e, struct now now)
{
	if (one->who.pid == e->pid && one->who.start == e->start && one->ended_us == 0)
		one->ended_us = now.mono_us;
}

void process_loaders_end(struct process_loaders *l, const struct process_entry *e, struct now now)
{
	for (unsigned i = 0; i < PROCESS_LOADERS_MAX; i++)
		end(&l->list[i], e, now);
	for (unsigned i = 0; i < PROCESS_DEEDS_MAX; i++)
		end(&l->deeds[i].by, e, now);
}

/* Free, or its process ended long ago: what it did was told of then, or came to nothing. */
static bool is_over(const struct process_loader *one, struct now now)
{
	return one->who.pid == 0 || (one->ended_us && now.mono_us - one->ended_us > PROCESS_LOADER_ENDED_US);
}

/* The last one, since an earlier one may have come to nothing: a module whose own start failed. */
static bool take_deed(struct process_loaders *l, const struct module_event *event, struct now now,
		      struct process_entry *out)
{
	for (unsigned i = 1; i <= PROCESS_DEEDS_MAX; i++) {
		struct process_deed *deed = &l->deeds[(l->deed_next + PROCESS_DEEDS_MAX - i) % PROCESS_DEEDS_MAX];

		if (is_over(&deed->by, now) || deed->unloads != (event->action == MODULE_UNLOAD) ||
		    !str_equal((struct str){deed->module, deed->len}, event->name))
			continue;
		*out = deed->by.who;
		deed->by.who.pid = 0;
		return true;
	}
	return false;
}

bool process_loaders_take(struct process_loaders *l, const struct module_event *event, struct now now,
			  struct process_entry *out)
{
	unsigned count = 0;

	if (take_deed(l, event, now, out))
		return true;
	for (unsigned i = 0; i < PROCESS_LOADERS_MAX; i++) {
		struct process_loader *one = &l->list[i];

		if (is_over(one, now) || !does(&one->who, event))
			continue;
		*out = one->who;
		one->who.pid = 0;
		count++;
	}
	return count == 1;
}
