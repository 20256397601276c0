/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of PKCS #11 that keys in tokens need: types, numbers and the row of functions of a module, by the names and
 * with the layout of the OASIS standard (PKCS #11 Cryptographic Token Interface Base Specification 2.40, section 2 and
 * 3; unix has no packing of structures). Functions that are not called here are pointers without a type.
 */
#pragma once

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;

#define CKR_OK 0x00UL
#define CKR_PIN_INCORRECT 0xa0UL
#define CKR_PIN_EXPIRED 0xa3UL
#define CKR_PIN_LOCKED 0xa4UL
#define CKR_TOKEN_WRITE_PROTECTED 0xe2UL
#define CKR_USER_ALREADY_LOGGED_IN 0x100UL
#define CKR_USER_PIN_NOT_INITIALIZED 0x102UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED 0x191UL

#define CKF_RW_SESSION 0x02UL
#define CKF_SERIAL_SESSION 0x04UL
#define CKU_USER 1UL
#define CKO_PUBLIC_KEY 2UL
#define CKO_PRIVATE_KEY 3UL
#define CKK_EC 3UL
#define CKM_EC_KEY_PAIR_GEN 0x1040UL
#define CKM_ECDSA 0x1041UL

#define CKA_CLASS 0x000UL
#define CKA_TOKEN 0x001UL
#define CKA_PRIVATE 0x002UL
#define CKA_LABEL 0x003UL
#define CKA_KEY_TYPE 0x100UL
#define CKA_ID 0x102UL
#define CKA_SENSITIVE 0x103UL
#define CKA_SIGN 0x108UL
#define CKA_VERIFY 0x10aUL
#define CKA_EXTRACTABLE 0x162UL
#define CKA_EC_PARAMS 0x180UL
#define CKA_EC_POINT 0x181UL

struct CK_ATTRIBUTE {
	CK_ULONG type;
	void *pValue;
	CK_ULONG ulValueLen;
};

struct CK_MECHANISM {
	CK_ULONG mechanism;
	void *pParameter;
	CK_ULONG ulParameterLen;
};

struct CK_VERSION {
	CK_BYTE major, minor;
};

/* The texts are padded with spaces and have no NUL. */
struct CK_TOKEN_INFO {
	CK_BYTE label[32], manufacturerID[32], model[16], serialNumber[16];
	CK_ULONG flags, numbers[10];
	struct CK_VERSION hardwareVersion, firmwareVersion;
	CK_BYTE utcTime[16];
};

struct CK_FUNCTION_LIST {
	struct CK_VERSION version;
	CK_RV (*C_Initialize)(void *args);
	CK_RV (*C_Finalize)(void *reserved);
	void *C_GetInfo, *C_GetFunctionList;
	CK_RV (*C_GetSlotList)(CK_BYTE token_present, CK_ULONG *slots, CK_ULONG *count);
	void *C_GetSlotInfo;
	CK_RV (*C_GetTokenInfo)(CK_ULONG slot, struct CK_TOKEN_INFO *info);
	void *C_GetMechanismList, *C_GetMechanismInfo, *C_InitToken, *C_InitPIN, *C_SetPIN;
	CK_RV (*C_OpenSession)(CK_ULONG slot, CK_ULONG flags, void *application, void *notify, CK_ULONG *session);
	CK_RV (*C_CloseSession)(CK_ULONG session);
	void *C_CloseAllSessions, *C_GetSessionInfo, *C_GetOperationState, *C_SetOperationState;
	CK_RV (*C_Login)(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG pin_len);
	CK_RV (*C_Logout)(CK_ULONG session);
	void *C_CreateObject, *C_CopyObject, *C_DestroyObject, *C_GetObjectSize;
	CK_RV (*C_GetAttributeValue)(CK_ULONG session, CK_ULONG object, struct CK_ATTRIBUTE *list, CK_ULONG count);
	void *C_SetAttributeValue;
	CK_RV (*C_FindObjectsInit)(CK_ULONG session, struct CK_ATTRIBUTE *list, CK_ULONG count);
	CK_RV (*C_FindObjects)(CK_ULONG session, CK_ULONG *objects, CK_ULONG max, CK_ULONG *count);
	CK_RV (*C_FindObjectsFinal)(CK_ULONG session);
	void *C_EncryptInit, *C_Encrypt, *C_EncryptUpdate, *C_EncryptFinal;
	void *C_DecryptInit, *C_Decrypt, *C_DecryptUpdate, *C_DecryptFinal;
	void *C_DigestInit, *C_Digest, *C_DigestUpdate, *C_DigestKey, *C_DigestFinal;
	CK_RV (*C_SignInit)(CK_ULONG session, struct CK_MECHANISM *mechanism, CK_ULONG key);
	CK_RV (*C_Sign)(CK_ULONG session, CK_BYTE *data, CK_ULONG len, CK_BYTE *signature, CK_ULONG *signature_len);
	void *C_SignUpdate, *C_SignFinal, *C_SignRecoverInit, *C_SignRecover;
	void *C_VerifyInit, *C_Verify, *C_VerifyUpdate, *C_VerifyFinal, *C_VerifyRecoverInit, *C_VerifyRecover;
	void *C_DigestEncryptUpdate, *C_DecryptDigestUpdate, *C_SignEncryptUpdate, *C_DecryptVerifyUpdate;
	void *C_GenerateKey;
	CK_RV(*C_GenerateKeyPair)
	(CK_ULONG session, struct CK_MECHANISM *mechanism, struct CK_ATTRIBUTE *public_list, CK_ULONG public_count,
	 struct CK_ATTRIBUTE *private_list, CK_ULONG private_count, CK_ULONG *public_key, CK_ULONG *private_key);
	/* More follow, which are not called. */
};
