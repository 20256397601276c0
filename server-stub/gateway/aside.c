/* SPDX-License-Identifier: Apache-2.0 */
/* Two lists, each in the order in which its jobs came, which is the order in which they are due. */
#include "server-stub/gateway/aside.h"

static void append(struct job ***last, struct job *job)
{
	job->next = NULL;
	**last = job;
	*last = &job->next;
}

void aside_init(struct aside *a)
{
	*a = (struct aside){.sent = {.first = NULL}};
	a->sent.last = &a->sent.first;
	a->seen.last = &a->seen.first;
}

static struct aside_list *list_for(struct aside *a, const struct job *job)
{
	if (job->kind == JOB_SENT)
		return &a->sent;
	return job->kind == JOB_SEEN && a->seen.count < ASIDE_SEEN_MAX ? &a->seen : NULL;
}

struct job *aside_keep(struct aside *a, struct job *jobs)
{
	struct job *others = NULL, **last = &others;

	for (struct job *job = jobs, *next; job; job = next) {
		struct aside_list *list = list_for(a, job);

		next = job->next;
		append(list ? &list->last : &last, job);
		if (list)
			list->count++;
	}
	return others;
}

/* One from the future is due too: the clock was set back, and nothing waits for it to catch up. */
static bool is_due(const struct job *job, int64_t now_us, int64_t after_us)
{
	return job->wall_us <= now_us - after_us || job->wall_us > now_us;
}

static void take_due(struct aside_list *list, int64_t now_us, int64_t after_us, struct job ***last)
{
	while (list->first && is_due(list->first, now_us, after_us)) {
		struct job *job = list->first;

		list->first = job->next;
		list->count--;
		append(last, job);
	}
	if (!list->first)
		list->last = &list->first;
}

struct job *aside_due(struct aside *a, int64_t now_us)
{
	struct job *due = NULL, **last = &due;

	take_due(&a->sent, now_us, ASIDE_SENT_US, &last);
	take_due(&a->seen, now_us, ASIDE_SEEN_US, &last);
	return due;
}

int64_t aside_next_us(const struct aside *a)
{
	int64_t sent_us = a->sent.first ? a->sent.first->wall_us + ASIDE_SENT_US : INT64_MAX;
	int64_t seen_us = a->seen.first ? a->seen.first->wall_us + ASIDE_SEEN_US : INT64_MAX;

	return sent_us < seen_us ? sent_us : seen_us;
}
