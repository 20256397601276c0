/* SPDX-License-Identifier: Apache-2.0 */
/* Issues certificates and writes device rows before a bench, and counts what the store holds after it. */
#include "tests/bench/load/load_fleet.h"

#include "server-stub/fleet/fleet.h"
#include "server-stub/store/log.h"
#include "server-stub/store/person.h"
#include "server-stub/store/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PER_TRANSACTION 1000

static void must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, err_text(err));
	exit(1);
}

static struct store *open_store(const char *dir)
{
	char path[512];
	struct store *store;

	snprintf(path, sizeof(path), "%s/caltrop.db", dir);
	must(store_open(path, NULL, &store), path);
	return store;
}

static void load_keys(const char *dir, struct fleet *fleet, struct notary **notary)
{
	const char *bad = NULL;
	enum err err = fleet_load(dir, fleet, &bad);

	must(err, bad ? bad : dir);
	must(notary_open(dir, notary, &bad), bad ? bad : dir);
	must(fleet_use_notary(fleet, *notary), dir);
}

/* Its receipts count as its own; whose key it is nobody looks at before there is a signature. */
static void bind_receipt_key(struct store *store, const uint8_t device[STORE_ID])
{
	struct views_chain chain = {.seq = 0};

	memcpy(chain.device, device, STORE_ID);
	memset(chain.key, 4, sizeof(chain.key));
	must(views_chain_put(store, &chain), "bind a receipt key");
}

static void make_one(const struct fleet *fleet, struct store *store, struct str csr, struct load_identity *out,
		     unsigned place)
{
	static uint8_t cert[KEY_CERT_MAX];
	struct registry_device device = {.state = DEVICE_APPROVED, .group = "bench", .arch = "x86_64"};
	int64_t wall_s = time(NULL);

	if (key_random_kernel.fill(NULL, device.id, sizeof(device.id)) != 0)
		must(ERR_CRYPTO, "random bytes");
	for (unsigned i = 0; i < 4; i++)
		device.id[12 + i] = (uint8_t)(place >> (24 - 8 * i));
	snprintf(device.name, sizeof(device.name), "bench-%02x%02x%02x%02x", device.id[0], device.id[1], device.id[2],
		 device.id[3]);
	device.created_us = wall_s * 1000000;
	must(fleet_issue(fleet, &device, (const uint8_t *)csr.data, csr.len, wall_s, cert, &out->cert_len), "issue");
	memcpy(device.cert_serial, device.next_serial, sizeof(device.cert_serial));
	memset(device.next_serial, 0, sizeof(device.next_serial));
	must(registry_device_put(store, &device), "store a device");
	if (place < LOAD_FLEET_CHAINED)
		bind_receipt_key(store, device.id);
	out->cert = malloc(out->cert_len);
	if (!out->cert)
		must(ERR_NO_MEMORY, "identities");
	memcpy(out->cert, cert, out->cert_len);
	memcpy(out->id, device.id, sizeof(out->id));
}

void load_fleet_make(const char *dir, unsigned count, struct load_fleet *out)
{
	static struct fleet fleet;
	struct notary *notary;
	uint8_t csr[KEY_CSR_MAX];
	size_t csr_len;
	struct store *store = open_store(dir);

	load_keys(dir, &fleet, &notary);
	memcpy(out->server_name, fleet.server_name, sizeof(out->server_name));
	must(key_generate(key_random_kernel, &out->key), "make a key");
	must(key_csr(&out->key, key_random_kernel, "bench", csr, &csr_len), "make a request");
	out->count = count;
	out->identities = calloc(count, sizeof(*out->identities));
	if (!out->identities)
		must(ERR_NO_MEMORY, "identities");
	for (unsigned i = 0; i < count; i++) {
		if (i % PER_TRANSACTION == 0)
			must(store_begin(store), "begin");
		make_one(&fleet, store, (struct str){(const char *)csr, csr_len}, &out->identities[i], i);
		if (i % PER_TRANSACTION == PER_TRANSACTION - 1 || i == count - 1)
			must(store_commit(store), "commit");
	}
	store_close(store);
}

void load_fleet_token(const char *dir, unsigned uses, uint16_t port, char *text, size_t cap)
{
	static struct fleet fleet;
	struct registry_token token;
	struct store *store = open_store(dir);
	struct fleet_token_request request = {
		.group = "bench",
		.created_by = "bench",
		.host = "127.0.0.1",
		.port = port,
		.uses = uses,
		.ttl_s = 3600,
	};

	must(fleet_load(dir, &fleet, NULL), dir);
	must(fleet_token(&fleet, store, &request, (int64_t)time(NULL) * 1000000, text, cap, &token), "make a token");
	store_close(store);
}

void load_fleet_session(const char *dir, char text[64])
{
	struct store *store = open_store(dir);
	struct person user = {.name = "bench", .role = "admin", .password = "!", .totp = {1}};
	struct person_session session = {.user = "bench"};
	uint8_t random[24];

	if (key_random_kernel.fill(NULL, random, sizeof(random)) != 0)
		must(ERR_CRYPTO, "random bytes");
	for (unsigned i = 0; i < sizeof(random); i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	key_sha256(text, strlen(text), session.token_sha256);
	session.created_us = (int64_t)time(NULL) * 1000000;
	session.expires_us = session.created_us + 86400 * INT64_C(1000000);
	must(person_put(store, &user), "store an operator");
	must(person_session_put(store, &session), "store a session");
	store_close(store);
}

struct seen {
	struct load_stored *stored;
	const struct load_fleet *fleet;
	uint64_t *last_seq; /* by device */
	uint64_t last_rowid;
	uint8_t newest_order[STORE_ID];
};

static unsigned place_of(const uint8_t id[STORE_ID])
{
	return (unsigned)id[12] << 24 | (unsigned)id[13] << 16 | (unsigned)id[14] << 8 | id[15];
}

static bool count_batch(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct seen *seen = arg;
	unsigned place = place_of(b->device);

	seen->last_rowid = rowid;
	if (place >= seen->fleet->count || memcmp(seen->fleet->identities[place].id, b->device, STORE_ID) != 0)
		return true;
	uint64_t *last = &seen->last_seq[place];

	seen->stored->records += b->count;
	seen->stored->batches++;
	seen->stored->bytes += b->blob.len;
	if (b->first_seq <= *last)
		seen->stored->twice += *last - b->first_seq + 1;
	else
		seen->stored->missing += b->first_seq - *last - 1;
	*last = b->last_seq;
	return true;
}

static bool count_target(void *arg, const struct registry_target *t)
{
	struct seen *seen = arg;

	seen->stored->receipts += t->state == TARGET_DONE;
	return true;
}

static bool note_order(void *arg, uint64_t rowid, const struct registry_order *o)
{
	struct seen *seen = arg;

	(void)rowid;
	memcpy(seen->newest_order, o->id, STORE_ID);
	return false;
}

struct load_stored load_fleet_stored(const char *dir, const struct load_fleet *fleet)
{
	struct load_stored stored = {0};
	struct seen seen = {.stored = &stored, .fleet = fleet};
	struct store *store = open_store(dir);
	uint64_t before;

	seen.last_seq = calloc(fleet->count, sizeof(*seen.last_seq));
	if (!seen.last_seq)
		must(ERR_NO_MEMORY, "counters");
	do {
		before = seen.last_rowid;
		must(log_list(store, NULL, false, before, STORE_PAGE_MAX, count_batch, &seen), "list batches");
	} while (seen.last_rowid > before);
	must(registry_order_list(store, 0, 1, note_order, &seen), "list orders");
	must(registry_target_list(store, seen.newest_order, count_target, &seen), "list targets");
	free(seen.last_seq);
	store_close(store);
	return stored;
}
