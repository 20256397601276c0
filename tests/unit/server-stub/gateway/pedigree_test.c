/* SPDX-License-Identifier: Apache-2.0 */
/* Whose certificate a device shows, by those of tests/unit/agent/base/tls/chain. */
#include "server-stub/gateway/pedigree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t load(const char *name, uint8_t *der)
{
	char path[128], pem[4096];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "tests/unit/agent/base/tls/chain/%s.pem", name);
	f = fopen(path, "r");
	assert_non_null(f);
	pem[fread(pem, 1, sizeof(pem) - 1, f)] = '\0';
	fclose(f);
	assert_int_equal(key_from_pem("CERTIFICATE", pem, der, KEY_CERT_MAX, &len), ERR_OK);
	return len;
}

static void add(struct store *s, const char *name, const char *ca, bool removed)
{
	struct store_factory f;

	memset(&f, 0, sizeof(f));
	snprintf(f.name, sizeof(f.name), "%s", name);
	f.ca_len = (uint16_t)load(ca, f.ca);
	f.is_removed = removed;
	assert_int_equal(store_factory_put(s, &f), ERR_OK);
}

static struct pedigree *show(const char *first, const char *second)
{
	struct pedigree *p = calloc(1, sizeof(*p));

	p->len[0] = (uint16_t)load(first, p->bytes);
	p->count = 1;
	if (second) {
		p->len[1] = (uint16_t)load(second, p->bytes + p->len[0]);
		p->count = 2;
	}
	return p;
}

/* `factory` NULL: it is nobody's. `why` NULL: it is good. */
static void expect(struct store *s, struct pedigree *p, const char *factory, const char *why)
{
	struct fleet_enroll_factory found;
	const char *said = NULL;

	assert_int_equal(pedigree_check(s, p, &found, &said), why ? ERR_UNTRUSTED : ERR_OK);
	assert_string_equal(found.factory.name, factory ? factory : "");
	if (why && !strstr(said, why))
		fail_msg("%s", said);
	free(p);
}

static void manufacturer_is_the_one_whose_ca_it_leads_to(void **state)
{
	struct store *s;

	(void)state;
	assert_int_equal(store_open(NULL, NULL, &s), ERR_OK);
	expect(s, show("good", NULL), NULL, "no manufacturer");
	add(s, "acme", "root", true);
	expect(s, show("good", NULL), NULL, "no manufacturer");
	add(s, "acme", "root", false);
	add(s, "zeta", "other", false);
	expect(s, show("good", NULL), "acme", NULL);
	expect(s, show("below", "middle"), "acme", NULL);
	expect(s, show("below", NULL), NULL, "no manufacturer");
	expect(s, show("expired", NULL), "acme", "has expired");
	expect(s, show("forged", NULL), NULL, "not signed");
	store_close(s);
}

static void what_is_no_chain_has_no_manufacturer(void **state)
{
	struct pedigree *p = show("good", NULL);
	struct store *s;

	(void)state;
	assert_int_equal(store_open(NULL, NULL, &s), ERR_OK);
	add(s, "acme", "root", false);
	p->is_cut = true;
	expect(s, p, NULL, "too long");
	p = show("good", NULL);
	p->count = 0;
	expect(s, p, NULL, "neither");
	p = show("good", NULL);
	p->bytes[4] ^= 0xff;
	expect(s, p, NULL, "is damaged");
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manufacturer_is_the_one_whose_ca_it_leads_to),
		cmocka_unit_test(what_is_no_chain_has_no_manufacturer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
