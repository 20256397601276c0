/* SPDX-License-Identifier: Apache-2.0 */
/* By certificates alone: what the registry has of the serial number is judged later. */
#include "server-stub/gateway/pedigree.h"

#include <stdio.h>
#include <string.h>

struct search {
	struct tls_chain chain;
	enum tls_chain_fault fault; /* the lowest is the best, and of the others the one that says most */
	struct fleet_enroll_factory *out;
};

void pedigree_read(const struct tls_end *end, struct pedigree *out)
{
	struct tls_cert cert;
	size_t used = 0;

	out->count = 0;
	out->is_cut = false;
	for (unsigned i = 0; !tls_end_resumed(end) && tls_end_certificate(end, i, &cert); i++) {
		out->is_cut = i == TLS_CHAIN_MAX || cert.der.len > sizeof(out->bytes) - used;
		if (out->is_cut)
			break;
		memcpy(out->bytes + used, cert.der.data, cert.der.len);
		out->len[i] = (uint16_t)cert.der.len;
		used += cert.der.len;
		out->count++;
	}
}

static bool each(void *arg, const struct store_factory *f)
{
	struct search *s = arg;
	struct tls_chain_facts facts;
	enum tls_chain_fault fault;

	if (f->is_removed)
		return true;
	fault = tls_chain_judge(&s->chain, (struct str){(const char *)f->ca, f->ca_len}, &facts);
	snprintf(s->out->serial, sizeof(s->out->serial), "%s", facts.serial);
	if (fault != TLS_CHAIN_GOOD && fault <= s->fault)
		return true;
	s->fault = fault;
	if (fault == TLS_CHAIN_GOOD || fault >= TLS_CHAIN_WEAK)
		s->out->factory = *f;
	return fault != TLS_CHAIN_GOOD;
}

enum err pedigree_check(struct store *s, const struct pedigree *p, struct fleet_enroll_factory *out, const char **why)
{
	struct search search = {.fault = TLS_CHAIN_STRANGE, .out = out};
	size_t used = 0;
	enum err err;

	memset(out, 0, sizeof(*out));
	*why = "the device shows neither a join token nor a factory certificate";
	if (p->count == 0 && !p->is_cut)
		return ERR_UNTRUSTED;
	*why = "its chain of factory certificates is too long";
	if (p->is_cut)
		return ERR_UNTRUSTED;
	for (unsigned i = 0; i < p->count; used += p->len[i++])
		search.chain.der[i] = (struct str){(const char *)p->bytes + used, p->len[i]};
	search.chain.count = p->count;
	err = store_factory_list(s, each, &search);
	*why = err == ERR_OK ? tls_chain_why(search.fault) : NULL;
	return err == ERR_OK && search.fault != TLS_CHAIN_GOOD ? ERR_UNTRUSTED : err;
}
