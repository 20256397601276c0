/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of store_output.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/store_output.h"

#include "server-stub/store/kind.h"

static bool count(void *arg, const struct store_output *o)
{
	(void)o;
	++*(unsigned *)arg;
	return true;
}

enum err store_output_add(struct store *s, const struct store_output *o)
{
	unsigned have = 0;
	enum err err = store_output_list(s, count, &have);

	if (err == ERR_OK && have >= STORE_OUTPUTS_MAX)
		err = ERR_FULL;
	return err == ERR_OK ? s->kind->output->add(s, o) : err;
}

enum err store_output_get(struct store *s, const char *name, struct store_output *out)
{
	return s->kind->output->get(s, name, out);
}

enum err store_output_list(struct store *s, bool (*each)(void *arg, const struct store_output *o), void *arg)
{
	return s->kind->output->list(s, each, arg);
}

enum err store_output_remove(struct store *s, const char *name)
{
	return s->kind->output->remove(s, name);
}

enum err store_output_state_get(struct store *s, const char *name, struct store_output_state *out)
{
	return s->kind->output->state_get(s, name, out);
}

enum err store_output_state_put(struct store *s, const char *name, const struct store_output_state *state)
{
	return s->kind->output->state_put(s, name, state);
}

enum err store_output_changed(struct store *s, const uint8_t device[STORE_ID], const uint8_t incident[STORE_ID])
{
	return s->kind->output->changed(s, device, incident);
}

enum err store_output_changed_take(struct store *s, struct store_output_item *out)
{
	return s->kind->output->changed_take(s, out);
}

enum err store_output_item_put(struct store *s, const char *name, const struct store_output_item *item)
{
	return s->kind->output->item_put(s, name, item);
}

enum err store_output_item_get(struct store *s, const char *name, struct store_output_item *item)
{
	return s->kind->output->item_get(s, name, item);
}

enum err store_output_due(struct store *s, const struct store_output_due *due)
{
	struct store_output_due bounded = *due;

	bounded.max = store_page(due->max);
	return s->kind->output->due(s, &bounded);
}

enum err store_output_waiting(struct store *s, const char *name, struct store_output_waiting *out)
{
	return s->kind->output->waiting(s, name, out);
}

enum err store_output_retain(struct store *s)
{
	return s->kind->output->retain(s);
}
