/* SPDX-License-Identifier: Apache-2.0 */
/* What the core tells the actor at the end of a turn, without being asked. */
#pragma once

#include "agent/shell/loop.h"

/*
 * The service was heard. An isolation ends when it is not heard for longer than its lease. A frame proves that it was,
 * because TLS lets through no other's. Only with CONFIG_UPLINK.
 */
void report_heard(struct loop *loop);

/* Receipts are durable in the spool, so the actor need not keep them. Only with CONFIG_UPLINK. */
void report_recorded(struct loop *loop);
