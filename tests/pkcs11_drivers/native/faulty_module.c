/*
 * A PKCS#11 module that misbehaves to order. It stands in front of a real one and, call by call, does what a plan says.
 *
 *   FAULTY_TARGET  path of the real module
 *   FAULTY_PLAN    file with one fault a line: FUNCTION VERB [NUMBER [TIMES]]; read again at every call, so that a test
 *                  changes it under a running host. No file: the module behaves.
 *   FAULTY_LOG     file to which the calls that tests count are appended, one a line: NAME PID NUMBER
 *
 * The tests compile it (see faulty.py beside this folder) and nothing else uses it. PINs are never written anywhere.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#define EXPORT __attribute__((visibility("default")))
/* What is added to a slot id to make it look like a pointer, as one vendor's are. */
#define POINTER 0x7f5a00000000UL
/* Ids from here on are slots that hold nothing. */
#define EMPTY 0x4000UL

static CK_FUNCTION_LIST real;
static CK_FUNCTION_LIST ours;
static CK_SLOT_ID first_slot = (CK_SLOT_ID)-1;
static unsigned long uses[64];

/* --- the plan ----------------------------------------------------------------------------------------------------- */

/* Whether the plan has this fault; its number goes to *number. A fault with TIMES happens that often in a process. */
static int planned(const char *function, const char *verb, unsigned long *number)
{
    const char *path = getenv("FAULTY_PLAN");
    FILE *plan = path ? fopen(path, "re") : NULL;
    char line[200], name[64], what[64];
    int found = 0, row = 0;

    if (plan == NULL)
        return 0;
    while (!found && row < 64 && fgets(line, sizeof line, plan) != NULL) {
        unsigned long value = 0, times = 0;
        int read = sscanf(line, "%63s %63s %li %lu", name, what, (long *)&value, &times);
        if (read >= 2 && strcmp(name, function) == 0 && strcmp(what, verb) == 0 && (times == 0 || uses[row] < times)) {
            uses[row]++;
            found = 1;
            if (number != NULL)
                *number = value;
        }
        row++;
    }
    fclose(plan);
    return found;
}

static void note(const char *function, unsigned long number)
{
    const char *path = getenv("FAULTY_LOG");
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    char line[120];

    if (file < 0)
        return;
    int length = snprintf(line, sizeof line, "%s %d %lu\n", function, (int)getpid(), number);
    if (write(file, line, (size_t)length) != length)
        abort();
    close(file);
}

/* The sessions that stand open, by what the real module answered; their number goes into the log when it changes. */
static struct {
    CK_SESSION_HANDLE handle;
    CK_SLOT_ID slot;
} standing[256];
static unsigned long standing_count;

static void ended(int any_handle, CK_SESSION_HANDLE handle, int any_slot, CK_SLOT_ID slot)
{
    unsigned long kept = 0;

    for (unsigned long at = 0; at < standing_count; at++)
        if (!((any_handle || standing[at].handle == handle) && (any_slot || standing[at].slot == slot)))
            standing[kept++] = standing[at];
    standing_count = kept;
    note("sessions", standing_count);
}

static void sleep_ms(unsigned long milliseconds)
{
    struct timespec span = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
    nanosleep(&span, NULL);
}

static void *rest(void *nothing)
{
    pause();
    return nothing;
}

static void print_much(unsigned long kibibytes)
{
    char words[1024];

    memset(words, '{', sizeof words);
    for (unsigned long at = 0; at < kibibytes; at++)
        for (int stream = 1; stream <= 2; stream++)
            if (write(stream, words, sizeof words) < 0)
                return;
}

/* What a careless module does to a process that is not its own: locale, folder, signals, the three streams. */
static void settle(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGALRM, SIGPIPE, SIGCHLD, SIGSEGV};

    setlocale(LC_ALL, "C");
    if (chdir("/") != 0)
        abort();
    for (unsigned long at = 0; at < sizeof signals / sizeof *signals; at++)
        signal(signals[at], SIG_IGN);
    for (int stream = 0; stream <= 2; stream++)
        close(stream);
}

/* The faults that any function can have. Returns 1 with the code to return instead of calling. */
static int misbehave(const char *function, CK_RV *code)
{
    unsigned long number = 0;

    if (planned(function, "hang", NULL))
        for (;;)
            pause();
    if (planned(function, "deaf-hang", NULL)) { /* deaf to everything but SIGKILL */
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        for (;;)
            pause();
    }
    if (planned(function, "spin", NULL))
        for (volatile int busy = 1; busy;)
            ;
    if (planned(function, "crash", NULL))
        *(volatile int *)8 = 1;
    if (planned(function, "abort", NULL))
        abort();
    if (planned(function, "exit", &number))
        _exit((int)number);
    if (planned(function, "quit", &number)) /* in an orderly way, which no host expects of a module */
        exit((int)number);
    if (planned(function, "print", &number)) /* so many KiB on both streams */
        print_much(number);
    if (planned(function, "settle", NULL))
        settle();
    if (planned(function, "slow", &number))
        sleep_ms(number);
    if (planned(function, "chatter", NULL)) {
        const char *words = "{\"id\":1,\"result\":{}}\ndebug: APDU 00 20 00 80\n";
        if (write(1, words, strlen(words)) < 0 || write(2, words, strlen(words)) < 0)
            abort();
    }
    if (planned(function, "daemon", &number) && fork() == 0) { /* a service that outlives its starter for a while */
        sleep_ms(number);
        _exit(0);
    }
    if (planned(function, "thread", NULL)) {
        pthread_t thread;
        pthread_create(&thread, NULL, rest, NULL);
    }
    if (planned(function, "rv", &number)) {
        *code = number;
        return 1;
    }
    return 0;
}

/* The code to return although the call was made: the module did it and says it did not. */
static CK_RV afterwards(const char *function, CK_RV result)
{
    unsigned long number = 0;

    if (planned(function, "crash-after", NULL))
        *(volatile int *)8 = 1;
    return planned(function, "after", &number) ? number : result;
}

#define CALL(name, arguments)                                                                                          \
    CK_RV code;                                                                                                        \
    if (misbehave(#name, &code))                                                                                       \
        return code;                                                                                                   \
    code = afterwards(#name, real.name arguments)

/* The same, with a line in the log before the fault: a try that hangs or crashes was made. */
#define COUNTED(name, arguments)                                                                                       \
    note(#name, 0);                                                                                                    \
    CALL(name, arguments)

static CK_SLOT_ID inner(CK_SLOT_ID slot)
{
    return slot >= POINTER ? slot - POINTER : slot;
}

static int is_empty(CK_SLOT_ID slot)
{
    slot = inner(slot);
    return slot >= EMPTY && slot < EMPTY + 1024;
}

/* --- module and slots --------------------------------------------------------------------------------------------- */

EXPORT CK_RV C_Initialize(void *arguments)
{
    COUNTED(C_Initialize, (arguments));
    return code;
}

EXPORT CK_RV C_Finalize(void *reserved)
{
    CALL(C_Finalize, (reserved));
    if (code == CKR_OK)
        ended(1, 0, 1, 0);
    return code;
}

EXPORT CK_RV C_GetInfo(CK_INFO *info)
{
    CALL(C_GetInfo, (info));
    if (code == CKR_OK && planned("C_GetInfo", "bad-text", NULL))
        memset(info->libraryDescription, 0xC3, sizeof info->libraryDescription);
    return code;
}

EXPORT CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    CK_SLOT_ID list[64];
    CK_ULONG here = 64, wanted = 0;
    CK_RV code;

    if (misbehave("C_GetSlotList", &code))
        return code;
    if ((code = real.C_GetSlotList(present, list, &here)) != CKR_OK)
        return code;
    if (here > 0)
        first_slot = list[0];
    if (planned("C_GetSlotList", "none", NULL))
        here = 0;
    if (planned("C_GetSlotList", "many", &wanted))
        for (CK_ULONG extra = 0; here < wanted && here < 64; extra++)
            list[here++] = EMPTY + extra;
    if (planned("C_GetSlotList", "twice", NULL) && here < 64) {
        list[here] = list[0];
        here++;
    }
    if (planned("C_GetSlotList", "twins", NULL) && here < 64) { /* two keys that are alike in everything */
        list[here] = list[0] + POINTER;
        here++;
    }
    if (planned("C_GetSlotList", "pointers", NULL))
        for (CK_ULONG at = 0; at < here; at++)
            list[at] += POINTER;
    if (slots == NULL) {
        *count = planned("C_GetSlotList", "garbage-count", NULL) ? 0x00ffffffUL : here;
        return afterwards("C_GetSlotList", CKR_OK);
    }
    if (*count < here)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(slots, list, here * sizeof *list);
    *count = here;
    return afterwards("C_GetSlotList", CKR_OK);
}

EXPORT CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    if (is_empty(slot))
        slot = first_slot;
    CALL(C_GetSlotInfo, (inner(slot), info));
    if (code == CKR_OK && planned("C_GetSlotInfo", "bad-text", NULL))
        memset(info->slotDescription, 0xC3, sizeof info->slotDescription);
    return code;
}

EXPORT CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    unsigned long number = 0;

    if (is_empty(slot))
        return inner(slot) % 2 ? CKR_TOKEN_NOT_RECOGNIZED : CKR_TOKEN_NOT_PRESENT;
    if (planned("C_GetTokenInfo", "last-fails", &number) && inner(slot) != first_slot)
        return number;
    CALL(C_GetTokenInfo, (inner(slot), info));
    if (code != CKR_OK)
        return code;
    if (planned("C_GetTokenInfo", "empty-label", NULL))
        memset(info->label, ' ', sizeof info->label);
    if (planned("C_GetTokenInfo", "label", &number))
        memset(info->label, (int)number, sizeof info->label);
    if (planned("C_GetTokenInfo", "serial", &number))
        memset(info->serialNumber, (int)number, sizeof info->serialNumber);
    if (planned("C_GetTokenInfo", "pin-lengths", &number))
        info->ulMaxPinLen = info->ulMinPinLen = number;
    if (planned("C_GetTokenInfo", "bad-label", NULL))
        memcpy(info->label, "\xb9\xa4\xc9\xcc\xff\xfe", 6);
    if (planned("C_GetTokenInfo", "cut-label", NULL)) /* a Chinese character cut in half by the 32 bytes */
        memcpy(info->label + 30, "\xe5\x8d", 2);
    if (planned("C_GetTokenInfo", "bad-texts", NULL)) {
        memset(info->manufacturerID, 0xC3, sizeof info->manufacturerID);
        memset(info->model, 0xC3, sizeof info->model);
        memset(info->serialNumber + 8, 0, 8);
    }
    if (planned("C_GetTokenInfo", "zero-padded", NULL))
        memset(info->label + 6, 0, sizeof info->label - 6);
    if (planned("C_GetTokenInfo", "other-serial", NULL))
        memcpy(info->serialNumber, "ANOTHER-TOKEN-01", 16);
    if (planned("C_GetTokenInfo", "flags", &number))
        info->flags |= number;
    if (planned("C_GetTokenInfo", "without-flags", &number))
        info->flags &= ~number;
    return code;
}

EXPORT CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    if (planned("C_GetMechanismList", "none", NULL)) {
        *count = 0;
        return CKR_OK;
    }
    CALL(C_GetMechanismList, (inner(slot), list, count));
    if (code == CKR_OK && list != NULL && planned("C_GetMechanismList", "unknown", NULL))
        for (CK_ULONG at = 0; at < *count; at++)
            list[at] |= 0x80000000UL;
    return code;
}

EXPORT CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    CALL(C_GetMechanismInfo, (inner(slot), type, info));
    return code;
}

EXPORT CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    CALL(C_WaitForSlotEvent, (flags, slot, reserved));
    return code;
}

EXPORT CK_RV C_InitToken(CK_SLOT_ID slot, unsigned char *pin, CK_ULONG length, unsigned char *label)
{
    return real.C_InitToken(inner(slot), pin, length, label);
}

/* --- sessions and PINs -------------------------------------------------------------------------------------------- */

EXPORT CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                           CK_SESSION_HANDLE *session)
{
    CALL(C_OpenSession, (inner(slot), flags, application, notify, session));
    if (code == CKR_OK && standing_count < 256) {
        standing[standing_count].handle = *session;
        standing[standing_count++].slot = inner(slot);
        note("sessions", standing_count);
    }
    return code;
}

EXPORT CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
    CALL(C_CloseSession, (session));
    if (code == CKR_OK)
        ended(0, session, 1, 0);
    return code;
}

EXPORT CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    CALL(C_CloseAllSessions, (inner(slot)));
    if (code == CKR_OK)
        ended(1, 0, 0, inner(slot));
    return code;
}

EXPORT CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG length)
{
    COUNTED(C_Login, (session, user, pin, length));
    return code;
}

EXPORT CK_RV C_Logout(CK_SESSION_HANDLE session)
{
    COUNTED(C_Logout, (session));
    return code;
}

EXPORT CK_RV C_SetPIN(CK_SESSION_HANDLE session, unsigned char *old, CK_ULONG old_length, unsigned char *new,
                      CK_ULONG new_length)
{
    COUNTED(C_SetPIN, (session, old, old_length, new, new_length));
    return code;
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

static CK_ULONG class_sought = (CK_ULONG)-1;
static unsigned long found_so_far;

EXPORT CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    class_sought = (CK_ULONG)-1;
    found_so_far = 0;
    for (CK_ULONG at = 0; at < count; at++)
        if (template[at].type == CKA_CLASS && template[at].ulValueLen == sizeof class_sought)
            memcpy(&class_sought, template[at].pValue, sizeof class_sought);
    CALL(C_FindObjectsInit, (session, template, count));
    return code;
}

EXPORT CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most, CK_ULONG *count)
{
    unsigned long number = 0;

    if ((class_sought == CKO_PRIVATE_KEY && planned("C_FindObjects", "no-keys", NULL)) ||
        (class_sought == CKO_CERTIFICATE && planned("C_FindObjects", "no-certificates", NULL))) {
        *count = 0;
        return CKR_OK;
    }
    if (planned("C_FindObjects", "endless", NULL)) {
        for (CK_ULONG at = 0; at < most; at++)
            objects[at] = 1 + at;
        *count = most;
        return CKR_OK;
    }
    if (planned("C_FindObjects", "stranger", &number) && found_so_far++ == 0 && most > 0) {
        objects[0] = 0xdead; /* a handle that leads nowhere */
        *count = 1;
        return CKR_OK;
    }
    CALL(C_FindObjects, (session, objects, most, count));
    if (code == CKR_OK && class_sought == CKO_PRIVATE_KEY && *count == 1 && most > 1 &&
        planned("C_FindObjects", "double-key", NULL)) {
        objects[1] = objects[0];
        *count = 2;
    }
    return code;
}

EXPORT CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    CALL(C_FindObjectsFinal, (session));
    return code;
}

EXPORT CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *list, CK_ULONG count)
{
    unsigned long number = 0;

    CALL(C_GetAttributeValue, (session, object, list, count));
    for (CK_ULONG at = 0; at < count; at++) {
        CK_ATTRIBUTE *one = &list[at];
        int is_value = one->type == CKA_VALUE, is_text = one->type == CKA_LABEL || one->type == CKA_ID;
        if (one->type == CKA_CLASS && planned("C_GetAttributeValue", "no-class", NULL)) {
            one->ulValueLen = (CK_ULONG)-1;
            code = CKR_ATTRIBUTE_TYPE_INVALID;
        }
        if (one->type == CKA_CLASS && one->pValue != NULL && planned("C_GetAttributeValue", "odd-class", NULL))
            *(CK_ULONG *)one->pValue = 0x80000042UL;
        if (is_value && one->pValue == NULL && planned("C_GetAttributeValue", "length", &number))
            one->ulValueLen = number;
        if (is_text && one->pValue == NULL && planned("C_GetAttributeValue", "text-length", &number))
            one->ulValueLen = number;
        if (is_value && one->pValue != NULL && one->ulValueLen > 64 &&
            planned("C_GetAttributeValue", "no-certificate", NULL))
            memset(one->pValue, 0x30, one->ulValueLen);
        if (is_value && one->pValue != NULL && one->ulValueLen > 64 && planned("C_GetAttributeValue", "cut", NULL))
            one->ulValueLen /= 2;
        if (one->type == CKA_LABEL && one->pValue != NULL && one->ulValueLen > 4 &&
            planned("C_GetAttributeValue", "bad-label", NULL))
            memset(one->pValue, 0xB9, one->ulValueLen);
    }
    return code;
}

/* --- signing ------------------------------------------------------------------------------------------------------ */

EXPORT CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CALL(C_SignInit, (session, mechanism, key));
    return code;
}

EXPORT CK_RV C_Sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG length, unsigned char *signature,
                    CK_ULONG *signature_length)
{
    unsigned long number = 0;

    CALL(C_Sign, (session, data, length, signature, signature_length));
    if (code == CKR_OK && signature != NULL && planned("C_Sign", "length", &number))
        *signature_length = number;
    if (code == CKR_OK && signature != NULL && planned("C_Sign", "wrong", NULL))
        signature[*signature_length / 2] ^= 1;
    return code;
}

/* --- the way in --------------------------------------------------------------------------------------------------- */

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    const char *path = getenv("FAULTY_TARGET");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_FUNCTION_LIST *theirs = NULL;
    CK_RV code;

    if (misbehave("C_GetFunctionList", &code))
        return code;
    if (library == NULL)
        return CKR_GENERAL_ERROR;
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (get == NULL || get(&theirs) != CKR_OK)
        return CKR_GENERAL_ERROR;
    real = ours = *theirs;
#define OURS(name) ours.name = name
    OURS(C_Initialize), OURS(C_Finalize), OURS(C_GetInfo), OURS(C_GetSlotList), OURS(C_GetSlotInfo);
    OURS(C_GetTokenInfo), OURS(C_GetMechanismList), OURS(C_GetMechanismInfo), OURS(C_WaitForSlotEvent);
    OURS(C_InitToken), OURS(C_OpenSession), OURS(C_CloseSession), OURS(C_CloseAllSessions), OURS(C_Login);
    OURS(C_Logout), OURS(C_SetPIN), OURS(C_FindObjectsInit), OURS(C_FindObjects), OURS(C_FindObjectsFinal);
    OURS(C_GetAttributeValue), OURS(C_SignInit), OURS(C_Sign), OURS(C_GetFunctionList);
    *list = planned("C_GetFunctionList", "null", NULL) ? NULL : &ours;
    return CKR_OK;
}

__attribute__((constructor)) static void loaded(void)
{
    CK_RV code;
    misbehave("load", &code);
}
