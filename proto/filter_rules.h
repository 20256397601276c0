/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of nf_tables that a policy becomes: one list, which the command line prints (filter_render.h) and the
 * device puts in force (agent/actor/sys/nft_filter.h), so that both are the same.
 *
 * Whatever a policy says, these pass: loopback; what belongs to a flow that began before or was let through (connection
 * tracking); TCP segments that open no connection, so that none that is open is cut; ICMP and ICMPv6 errors, neighbour
 * discovery and listener reports; the DHCP client; and of the guard itself, TCP to its service and look-ups at the
 * resolvers. Pure.
 */
#pragma once

#include "proto/filter.h"

#include <stdbool.h>
#include <stdint.h>

#define FILTER_RULES_MAX 128
#define FILTER_SET_NAME_MAX 12

/* Chains; those with a hook have the numbers of enum filter_way. */
enum filter_chain { FILTER_CHAIN_ERRORS = FILTER_WAYS, FILTER_CHAINS };

/* Sets of the device: addresses of its service and of its resolvers. Others have the numbers of lists. */
enum filter_set { FILTER_SERVICE = FILTER_LISTS_MAX + 1, FILTER_RESOLVERS };

enum filter_test {
	FILTER_ALL,	/* no test but those of the other members */
	FILTER_LOCAL,	/* loopback */
	FILTER_FLOW,	/* connection tracking knows it: established, related */
	FILTER_GOES_ON, /* a TCP segment other than SYN without ACK */
	FILTER_SERVED,	/* a socket of the device would take it */
};

enum filter_verdict { FILTER_PASS, FILTER_DROP, FILTER_LOG, FILTER_JUMP };

struct filter_rule {
	uint8_t chain;
	uint8_t test;	  /* enum filter_test */
	uint8_t verdict;  /* enum filter_verdict; FILTER_JUMP leads to FILTER_CHAIN_ERRORS */
	uint8_t family;	  /* 4, 6, 0: both */
	uint8_t protocol; /* IPPROTO_..., 0: all */
	uint8_t from, to; /* sets of addresses, 0: everybody */
	uint8_t ports;	  /* set of destination ports, 0: any, or those below */
	uint16_t src_port, dst_port;
	uint8_t type_low, type_high; /* of ICMP; 0: any */
	bool counts;
	bool of_guard; /* only from a process of the guard */
	uint16_t rate; /* of FILTER_LOG: packets a second */
};

/* What a policy does not say and the device knows. */
struct filter_facts {
	uint16_t service_port; /* 0: there is no service */
	bool resolves;	       /* there are resolvers, and the guard asks them */
};

struct filter_rules {
	unsigned count;
	struct filter_rule list[FILTER_RULES_MAX];
};

/* Write the rules chain by chain, each in the order in which packets meet them. A policy that decodes always fits. */
void filter_rules_make(const struct filter *f, const struct filter_facts *facts, struct filter_rules *out);

/* The name of a set of addresses in that family, or of ports (family 0): "net1_4", "service6", "ports2". */
const char *filter_set_name(unsigned set, uint8_t family, char name[FILTER_SET_NAME_MAX]);
