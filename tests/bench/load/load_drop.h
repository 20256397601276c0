/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the kernel drops an address, seen from outside: the NFT_MSG_NEWSETELEM that holds it on the nf_tables
 * notification group (linux/netfilter/nfnetlink.h). The kernel sends it after the commit, so the drop is in force.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Begin to listen in this network namespace. Ends the program with a sentence on failure. */
void load_drop_open(void);

/* What becomes readable when there may be news. */
int load_drop_fd(void);

/* Read what has come, if anything has. Whether some of it says that this address, in network order, is dropped. */
bool load_drop_look(uint32_t address_be);

/* Wait for that. The microsecond (load_times_clock_us) at which it was heard of; -1: not until `until_us`. */
int64_t load_drop_wait(uint32_t address_be, int64_t until_us);
