/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of packet-filter policies (proto/filter.h) in STATE_DIR/actor, which is root's: the guard keeps its own there,
 * and the command line leaves what root wants.
 */
#pragma once

#define POLICY_FILES_KEPT "policy"	  /* the one that was confirmed */
#define POLICY_FILES_TRIAL "policy.trial" /* the one that is not yet */
#define POLICY_FILES_NEXT "policy.next"	  /* one that is to be on trial, until the ledger knows of it */
#define POLICY_FILES_ASKED "policy.asked" /* what root at the command line wants: a policy, or one of these words */

#define POLICY_FILES_CONFIRM "confirm" /* keep the one on trial */
#define POLICY_FILES_LIFT "lift"       /* end it, and the one before it */
