/* SPDX-License-Identifier: MIT */
/*
 * Locks, and what functions say of them.
 *
 * clang checks the attributes (-Wthread-safety, an error in the lint suite): that a function which
 * REQUIRES a lock is called with it held, and that what is acquired is released. It knows a lock by
 * the expression that names it, so functions take the object that has the lock as a parameter and
 * name the lock by that parameter. Pointers to functions, and locks of which only the caller knows
 * whose they are, are beyond it; such functions say so in their comments.
 */
#ifndef LOCK_H
#define LOCK_H

#include <pthread.h>
#include <time.h>

#if defined(__clang__)
#define THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define THREAD_SAFETY(attribute)
#endif

/* The caller holds the lock, before and after; whether the function drops it meanwhile is said in
 * its comment. Functions that get only a slot, a capture or a surface cannot name the lock: their
 * header does. */
#define REQUIRES(...) THREAD_SAFETY(requires_capability(__VA_ARGS__))
/* The caller gets the lock; gives it back. */
#define ACQUIRE(...) THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define RELEASE(...) THREAD_SAFETY(release_capability(__VA_ARGS__))
/* The caller gets the lock if the function returns VA_STATUS_SUCCESS. */
#define ACQUIRE_ON_SUCCESS(...) THREAD_SAFETY(try_acquire_capability(false, __VA_ARGS__))
/* The caller must not hold the lock. */
#define EXCLUDES(...) THREAD_SAFETY(locks_excluded(__VA_ARGS__))
/* Of a member, the lock that guards it: another member of the same struct, which only compilers
 * that parse attributes late can find in C (not clang 14). */
#if defined(__clang__) && defined(LATE_PARSED_ATTRIBUTES)
#define GUARDED_BY(lock) THREAD_SAFETY(guarded_by(lock))
#else
#define GUARDED_BY(lock)
#endif
/* The function does with locks what cannot be said in attributes. */
#define UNCHECKED_LOCKS THREAD_SAFETY(no_thread_safety_analysis)

struct THREAD_SAFETY(capability("lock")) lock {
    pthread_mutex_t mutex;
};

static inline void lock_init(struct lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

static inline void lock_destroy(struct lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

static inline void lock_acquire(struct lock *lock) ACQUIRE(lock) UNCHECKED_LOCKS
{
    pthread_mutex_lock(&lock->mutex);
}

static inline void lock_release(struct lock *lock) RELEASE(lock) UNCHECKED_LOCKS
{
    pthread_mutex_unlock(&lock->mutex);
}

/* Tells the analysis what it cannot see: the lock is held here. */
static inline void lock_is_held(const struct lock *lock) THREAD_SAFETY(assert_capability(lock))
{
    (void)lock;
}

#endif
