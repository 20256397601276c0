/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local policy apply|confirm|lift|show`: the packet-filter policy of this device, for root. What root wants is
 * put into the actor's own directory (agent/common/policy_files.h), so that the core, which passes the request on,
 * cannot make one. Return enum command_exit.
 */
#pragma once

int local_policy_apply(int argc, char **argv);
int local_policy_confirm(int argc, char **argv);
int local_policy_lift(int argc, char **argv);
int local_policy_show(int argc, char **argv);
