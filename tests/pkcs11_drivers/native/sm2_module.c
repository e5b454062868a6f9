/*
 * A UKey with one SM2 key, as a PKCS#11 module over OpenSSL's SM2: no free module has SM2, and the vendors' are closed.
 *
 *   SM2_KEY   PEM file of the private key        SM2_CERTIFICATE  DER file of its certificate
 *   SM2_PIN   file with the PIN                  SM2_MECHANISMS   numbers of the mechanisms that it shows, e.g. "0x80008104"
 *
 * Mechanisms as in the header of one vendor family (../../../pkcs11_drivers/vendors, all 未核实):
 *   0x80008100  module hashes SM3(Z | M), user id in the parameter     raw signature
 *   0x80008102  the same with user id 1234567812345678                 raw
 *   0x80008103  the same                                               DER
 *   0x80008104  handed e = SM3(Z | M), 32 bytes                        raw
 *   0x80008105  the same                                               DER
 *
 * For the tests, which compile it, and for nothing else: the key lies on the disk and the PIN beside it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <p11-kit/pkcs11.h>

#define EXPORT __attribute__((visibility("default")))
#define KEY_TYPE_SM2 0x80000004UL
#define HASH_WITH_PARAMETER 0x80008100UL
#define HASH_RAW 0x80008102UL
#define HASH_DER 0x80008103UL
#define DIGEST_RAW 0x80008104UL
#define DIGEST_DER 0x80008105UL
#define HALF 32

enum { CERTIFICATE = 1, PRIVATE_KEY = 2 };

static const char KEY_ID[] = "sm2-sign";
static const char USER_ID[] = "1234567812345678";

static int initialised, sessions, logged_in, tries_left = 6;
static int found[2], found_count, found_at;
static CK_MECHANISM_TYPE signing_with;
static unsigned char user_id[64];
static size_t user_id_length;

static size_t read_file(const char *variable, unsigned char *into, size_t most)
{
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "rbe") : NULL;
    size_t length = file ? fread(into, 1, most, file) : 0;

    if (file != NULL)
        fclose(file);
    return length;
}

static EVP_PKEY *private_key(void)
{
    const char *path = getenv("SM2_KEY");
    FILE *file = path ? fopen(path, "re") : NULL;
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (file != NULL)
        fclose(file);
    return key;
}

static CK_ULONG mechanisms(CK_MECHANISM_TYPE *into)
{
    char words[200] = "";
    CK_ULONG count = 0;
    const char *told = getenv("SM2_MECHANISMS");

    snprintf(words, sizeof words, "%s", told ? told : "");
    for (char *word = strtok(words, " "); word != NULL && count < 16; word = strtok(NULL, " "))
        into[count++] = strtoul(word, NULL, 0);
    return count;
}

static void pad(unsigned char *field, size_t length, const char *text)
{
    memset(field, ' ', length);
    memcpy(field, text, strlen(text) < length ? strlen(text) : length);
}

/* --- module, slot, token ------------------------------------------------------------------------------------------ */

EXPORT CK_RV C_Initialize(void *arguments)
{
    (void)arguments;
    if (initialised)
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    initialised = 1;
    return CKR_OK;
}

EXPORT CK_RV C_Finalize(void *reserved)
{
    (void)reserved;
    initialised = sessions = logged_in = 0;
    return CKR_OK;
}

EXPORT CK_RV C_GetInfo(CK_INFO *info)
{
    memset(info, 0, sizeof *info);
    info->cryptokiVersion.major = 2;
    info->cryptokiVersion.minor = 20;
    pad(info->manufacturerID, sizeof info->manufacturerID, "SM2 for tests");
    pad(info->libraryDescription, sizeof info->libraryDescription, "SM2 for tests");
    return CKR_OK;
}

EXPORT CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    (void)present;
    if (slots != NULL)
        slots[0] = 1;
    *count = 1;
    return CKR_OK;
}

EXPORT CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    if (slot != 1)
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    pad(info->slotDescription, sizeof info->slotDescription, "SM2 for tests");
    pad(info->manufacturerID, sizeof info->manufacturerID, "SM2 for tests");
    info->flags = CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE;
    return CKR_OK;
}

EXPORT CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    if (slot != 1)
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    pad(info->label, sizeof info->label, "国密示例");
    pad(info->manufacturerID, sizeof info->manufacturerID, "SM2 for tests");
    pad(info->model, sizeof info->model, "SM2");
    pad(info->serialNumber, sizeof info->serialNumber, "SM2-0001");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED;
    info->flags |= tries_left == 0 ? CKF_USER_PIN_LOCKED : tries_left == 1 ? CKF_USER_PIN_FINAL_TRY : 0;
    info->flags |= tries_left > 1 && tries_left < 6 ? CKF_USER_PIN_COUNT_LOW : 0;
    info->ulMinPinLen = 4;
    info->ulMaxPinLen = 16;
    return CKR_OK;
}

EXPORT CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    CK_MECHANISM_TYPE own[16];

    (void)slot;
    *count = mechanisms(own);
    if (list != NULL)
        memcpy(list, own, *count * sizeof *own);
    return CKR_OK;
}

/* --- sessions and PIN --------------------------------------------------------------------------------------------- */

EXPORT CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                           CK_SESSION_HANDLE *session)
{
    (void)flags, (void)application, (void)notify;
    if (slot != 1)
        return CKR_SLOT_ID_INVALID;
    *session = (CK_SESSION_HANDLE)++sessions;
    return CKR_OK;
}

EXPORT CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

EXPORT CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    (void)slot;
    logged_in = 0;
    return CKR_OK;
}

EXPORT CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG length)
{
    unsigned char right[64];
    size_t right_length = read_file("SM2_PIN", right, sizeof right);

    (void)session, (void)user;
    if (logged_in)
        return CKR_USER_ALREADY_LOGGED_IN;
    if (tries_left == 0)
        return CKR_PIN_LOCKED;
    if (length != right_length || memcmp(pin, right, length) != 0)
        return --tries_left == 0 ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT;
    tries_left = 6;
    logged_in = 1;
    return CKR_OK;
}

EXPORT CK_RV C_Logout(CK_SESSION_HANDLE session)
{
    (void)session;
    logged_in = 0;
    return CKR_OK;
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

/* One attribute's value; -1 where the object has none. */
static long value_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, unsigned char *into, size_t most)
{
    CK_ULONG number = 0;
    int is_key = object == PRIVATE_KEY;

    if (type == CKA_CLASS)
        number = is_key ? CKO_PRIVATE_KEY : CKO_CERTIFICATE;
    else if (type == CKA_KEY_TYPE && is_key)
        number = KEY_TYPE_SM2;
    else if (type == CKA_CERTIFICATE_TYPE && !is_key)
        number = CKC_X_509;
    else if (type == CKA_SIGN && is_key)
        return into[0] = 1, 1;
    else if (type == CKA_ID)
        return memcpy(into, KEY_ID, strlen(KEY_ID)), (long)strlen(KEY_ID);
    else if (type == CKA_LABEL)
        return memcpy(into, "sm2", 3), 3;
    else if (type == CKA_VALUE && !is_key)
        return (long)read_file("SM2_CERTIFICATE", into, most);
    else
        return -1;
    memcpy(into, &number, sizeof number);
    return sizeof number;
}

EXPORT CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *list, CK_ULONG count)
{
    unsigned char value[8192];
    CK_RV code = CKR_OK;

    (void)session;
    for (CK_ULONG at = 0; at < count; at++) {
        long length = value_of(object, list[at].type, value, sizeof value);
        if (length < 0)
            code = CKR_ATTRIBUTE_TYPE_INVALID;
        else if (list[at].pValue != NULL && list[at].ulValueLen >= (CK_ULONG)length)
            memcpy(list[at].pValue, value, (size_t)length);
        list[at].ulValueLen = (CK_ULONG)length;
    }
    return code;
}

EXPORT CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    unsigned char value[8192];

    (void)session;
    found_count = found_at = 0;
    for (int object = CERTIFICATE; object <= (logged_in ? PRIVATE_KEY : CERTIFICATE); object++) {
        int fits = 1;
        for (CK_ULONG at = 0; at < count && fits; at++) {
            long length = value_of((CK_OBJECT_HANDLE)object, template[at].type, value, sizeof value);
            fits = length == (long)template[at].ulValueLen && memcmp(value, template[at].pValue, (size_t)length) == 0;
        }
        if (fits)
            found[found_count++] = object;
    }
    return CKR_OK;
}

EXPORT CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most, CK_ULONG *count)
{
    (void)session;
    for (*count = 0; *count < most && found_at < found_count; (*count)++)
        objects[*count] = (CK_OBJECT_HANDLE)found[found_at++];
    return CKR_OK;
}

EXPORT CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

/* --- signing ------------------------------------------------------------------------------------------------------ */

EXPORT CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM_TYPE own[16];
    CK_ULONG count = mechanisms(own), at = 0;

    (void)session;
    while (at < count && own[at] != mechanism->mechanism)
        at++;
    if (at == count)
        return CKR_MECHANISM_INVALID;
    if (key != PRIVATE_KEY || !logged_in)
        return CKR_USER_NOT_LOGGED_IN;
    signing_with = mechanism->mechanism;
    user_id_length = strlen(USER_ID);
    memcpy(user_id, USER_ID, user_id_length);
    if (signing_with == HASH_WITH_PARAMETER) {
        if (mechanism->ulParameterLen == 0 || mechanism->ulParameterLen > sizeof user_id)
            return CKR_MECHANISM_PARAM_INVALID;
        user_id_length = mechanism->ulParameterLen;
        memcpy(user_id, mechanism->pParameter, user_id_length);
    }
    return CKR_OK;
}

/* The DER signature; its length, 0 if OpenSSL refused. */
static size_t sign(EVP_PKEY *key, const unsigned char *data, size_t length, unsigned char *der, size_t most)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    size_t made = most;
    int good;

    if (signing_with == DIGEST_RAW || signing_with == DIGEST_DER) {
        good = EVP_PKEY_sign_init(context) > 0 && EVP_PKEY_sign(context, der, &made, data, length) > 0;
    } else {
        EVP_MD_CTX_set_pkey_ctx(hash, context);
        good = EVP_PKEY_CTX_set1_id(context, user_id, (int)user_id_length) > 0 &&
               EVP_DigestSignInit(hash, NULL, EVP_sm3(), NULL, key) > 0 &&
               EVP_DigestSign(hash, der, &made, data, length) > 0;
    }
    EVP_MD_CTX_free(hash);
    EVP_PKEY_CTX_free(context);
    return good ? made : 0;
}

EXPORT CK_RV C_Sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG length, unsigned char *signature,
                    CK_ULONG *signature_length)
{
    unsigned char der[128];
    const unsigned char *reading = der;

    (void)session;
    if ((signing_with == DIGEST_RAW || signing_with == DIGEST_DER) && length != HALF)
        return CKR_DATA_LEN_RANGE;
    if (signature == NULL) {
        *signature_length = sizeof der;
        return CKR_OK;
    }
    EVP_PKEY *key = private_key();
    size_t made = key ? sign(key, data, length, der, sizeof der) : 0;
    EVP_PKEY_free(key);
    if (made == 0)
        return CKR_FUNCTION_FAILED;
    if (signing_with == HASH_DER || signing_with == DIGEST_DER) {
        memcpy(signature, der, made);
        *signature_length = made;
        return CKR_OK;
    }
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &reading, (long)made);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, HALF);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + HALF, HALF);
    ECDSA_SIG_free(pair);
    *signature_length = 2 * HALF;
    return CKR_OK;
}

/* --- the way in --------------------------------------------------------------------------------------------------- */

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    static CK_FUNCTION_LIST ours;

    ours.version.major = 2;
    ours.version.minor = 20;
#define OURS(name) ours.name = name
    OURS(C_Initialize), OURS(C_Finalize), OURS(C_GetInfo), OURS(C_GetSlotList), OURS(C_GetSlotInfo);
    OURS(C_GetTokenInfo), OURS(C_GetMechanismList), OURS(C_OpenSession), OURS(C_CloseSession);
    OURS(C_CloseAllSessions), OURS(C_Login), OURS(C_Logout), OURS(C_FindObjectsInit), OURS(C_FindObjects);
    OURS(C_FindObjectsFinal), OURS(C_GetAttributeValue), OURS(C_SignInit), OURS(C_Sign), OURS(C_GetFunctionList);
    *list = &ours;
    return CKR_OK;
}
