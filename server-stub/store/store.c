/* SPDX-License-Identifier: Apache-2.0 */
/* The handle and its transactions, whichever kind of store it is. Knows neither SQL nor memory layout. */
#include "server-stub/store/store.h"

#include "server-stub/store/kind.h"

static enum err open_for(const char *path, bool is_new, const uint8_t *fleet, struct store **out)
{
	const struct store_kind *kind = path ? &sqlite_kind : &memory_kind;
	struct store *s;
	enum err err = kind->open(path, is_new, &s);

	*out = NULL;
	if (err == ERR_OK && fleet)
		err = kind->claim(s, fleet);
	if (err == ERR_OK)
		*out = s;
	else
		store_close(s);
	return err;
}

enum err store_open(const char *path, const uint8_t *fleet, struct store **out)
{
	return open_for(path, false, fleet, out);
}

enum err store_create(const char *path, const uint8_t fleet[STORE_FLEET], struct store **out)
{
	return open_for(path, true, fleet, out);
}

enum err store_version(const char *path, struct store_version *out)
{
	return sqlite_kind.version(path, out);
}

void store_close(struct store *s)
{
	if (s)
		s->kind->close(s);
}

enum err store_begin(struct store *s)
{
	return s->kind->begin(s);
}

enum err store_commit(struct store *s)
{
	return s->kind->commit(s);
}

void store_rollback(struct store *s)
{
	s->kind->rollback(s);
}

enum err store_relax(struct store *s)
{
	return s->kind->relax(s);
}

enum err store_gap(struct store *s, int64_t *known_us)
{
	return s->kind->gap(s, known_us);
}

enum err store_gap_put(struct store *s, int64_t known_us)
{
	return s->kind->gap_put(s, known_us);
}

enum err store_latest(struct store *s, int64_t *wall_us)
{
	return s->kind->latest(s, wall_us);
}

enum err store_check(struct store *s)
{
	return s->kind->check ? s->kind->check(s) : ERR_OK;
}

enum err store_examine(struct store *s, struct store_place *at)
{
	if (s->kind->examine)
		return s->kind->examine(s, at);
	at->passes++;
	return ERR_OK;
}

enum err store_backup(struct store *s, const char *path)
{
	return s->kind->backup ? s->kind->backup(s, path) : ERR_UNSUPPORTED;
}

enum err store_figures(struct store *s, struct store_figures *out)
{
	return s->kind->figures(s, out);
}
