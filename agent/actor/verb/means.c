/* SPDX-License-Identifier: Apache-2.0 */
/* The means that this build's verbs name, each once. */
#include "agent/actor/verb/means.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/require.h"

static void add(struct actor *a, const struct means *means)
{
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i] == means)
			return;
	require(a->means_count < MEANS_MAX);
	a->means[a->means_count++] = means;
}

void means_collect(struct actor *a)
{
	a->means_count = 0;
	for (const struct action_row *const *row = a->rows; *row; row++)
		for (unsigned i = 0; i < MEANS_OF_ROW; i++)
			if ((*row)->means[i])
				add(a, (*row)->means[i]);
}

void means_end(struct actor *a)
{
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->end)
			a->means[i]->end(a);
}

uint64_t means_capabilities(const struct actor *a)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < a->means_count; i++)
		set |= a->means[i]->capabilities;
	return set;
}
