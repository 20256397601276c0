/* SPDX-License-Identifier: Apache-2.0 */
/* A peripheral event: something was plugged in, or out. Its rows are in peripheral.c. */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

enum peripheral_action {
	PERIPHERAL_ATTACH = 0,
	PERIPHERAL_DETACH = 1,
	PERIPHERAL_ACTIONS = 2,
};

/* What it says it is, by the class of its interface (USB: the first byte of bInterfaceClass). */
enum peripheral_class {
	PERIPHERAL_CLASS_NONE = 0,
	PERIPHERAL_KEYBOARD = 1, /* it types */
	PERIPHERAL_HID = 2,	 /* a mouse and the like; one that may type all the same */
	PERIPHERAL_STORAGE = 3,
	PERIPHERAL_NETWORK = 4, /* network card, modem, Wi-Fi, Bluetooth */
	PERIPHERAL_AUDIO = 5,
	PERIPHERAL_VIDEO = 6,
	PERIPHERAL_PRINTER = 7,
	PERIPHERAL_HUB = 8,
	PERIPHERAL_SMARTCARD = 9,
	PERIPHERAL_OTHER = 10,
	PERIPHERAL_CLASSES = 11,
};

/* One that has several interfaces has an event for each. */
struct peripheral_event {
	uint8_t action;		    /* enum peripheral_action */
	uint8_t class;		    /* enum peripheral_class; of one that was plugged out NONE */
	struct str vendor, product; /* their numbers, "046d" */
	struct str name;	    /* what it calls itself: manufacturer and product, any bytes */
	struct str serial;	    /* any bytes */
	struct str port;	    /* where: "1-1.2" is the hub's second port */
};
