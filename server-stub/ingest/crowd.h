/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a source that attacks the fleet and not one device: an address that several devices banned within an hour, each
 * by its own rules and proven to be in force. Pure; it counts as witnesses.h does, and names at most
 * three devices.
 */
#pragma once

#include "server-stub/ingest/notice.h"
#include "server-stub/ingest/witnesses.h"
#include "server-stub/store/views.h"

#include <stdbool.h>

#define CROWD_LEAST 3
#define CROWD_WINDOW_US (INT64_C(3600) * 1000000)

/*
 * Take note of a receipt. True: with it, as many devices as the terms say have banned one address, and *out is a notice
 * of that, of the device whose receipt it was. Receipts of orders, playbooks and observe mode do not count, nor does
 * one that was not read back, or whose place in the device's chain is wrong.
 */
bool crowd_saw(struct witnesses *w, const struct views_receipt *receipt, struct notice *out);
