/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of store_factory.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/store_factory.h"

#include "agent/base/require.h"
#include "server-stub/store/kind.h"

#include <string.h>

struct place {
	const char *name;
	unsigned count;
	bool found;
};

static bool look(void *arg, const struct store_factory *f)
{
	struct place *p = arg;

	p->count++;
	p->found |= strcmp(f->name, p->name) == 0;
	return true;
}

enum err store_factory_put(struct store *s, const struct store_factory *f)
{
	struct place p = {.name = f->name};
	enum err err = store_factory_list(s, look, &p);

	require(f->ca_len <= sizeof(f->ca));
	if (err == ERR_OK && !p.found && p.count >= STORE_FACTORIES_MAX)
		err = ERR_FULL;
	return err == ERR_OK ? s->kind->factory->put(s, f) : err;
}

enum err store_factory_get(struct store *s, const char *name, struct store_factory *out)
{
	enum err err = s->kind->factory->get(s, name, out);

	return err == ERR_OK && out->is_removed ? ERR_NOT_FOUND : err;
}

enum err store_factory_list(struct store *s, bool (*each)(void *arg, const struct store_factory *f), void *arg)
{
	return s->kind->factory->list(s, each, arg);
}

enum err store_origin_put(struct store *s, const struct store_origin *o)
{
	return s->kind->factory->origin_put(s, o);
}

enum err store_origin_get(struct store *s, const char *factory, const char *serial, struct store_origin *out)
{
	return s->kind->factory->origin_get(s, factory, serial, out);
}

enum err store_origin_of(struct store *s, const uint8_t device[STORE_ID], struct store_origin *out)
{
	return s->kind->factory->origin_of(s, device, out);
}

enum err store_origin_list(struct store *s, bool (*each)(void *arg, const struct store_origin *o), void *arg)
{
	return s->kind->factory->origin_list(s, each, arg);
}
