/*
 * qt.cpp: the adapter for the event loops of Qt threads. Its attach function is called by the program; the
 * event of the descriptor arrives on the thread of the loop and dispatches the callbacks of the client.
 */
#include <boxd/adapters/qt.h>
#include <drukbox/adapters/qt.h>

extern "C" {
#include "adapter.h"
#include "errors.h"
#include "mem.h"
}

#include <QAbstractEventDispatcher>
#include <QEvent>
#include <QPointer>
#include <QSocketNotifier>
#include <QThread>

#include <new>

namespace
{

class readable_notifier;

struct qt_attachment {
    attachment base;
    /* NULL after a failed start. Its parent is the context. */
    readable_notifier *readable;
};

class readable_notifier : public QSocketNotifier
{
  public:
    readable_notifier(qt_attachment *attached, int fd, QObject *context)
        : QSocketNotifier(fd, QSocketNotifier::Read, context), attached_to(attached)
    {
    }

    readable_notifier(const readable_notifier &) = delete;
    readable_notifier &operator=(const readable_notifier &) = delete;

    /* By detach(), or with the context, which then takes the client off the loop. */
    ~readable_notifier() override
    {
        if (qt_attachment *a = attached_to) {
            a->readable = nullptr;
            CLIENT_CALL(detach)(a->base.client);
        }
    }

    void forget()
    {
        attached_to = nullptr;
    }

  protected:
    /* A callback may delete this object. It may also run a nested event loop, in which dispatch does nothing:
     * there the descriptor, which stays readable, is not waited for. */
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::SockAct || !attached_to)
            return QSocketNotifier::event(event);
        if (dispatching) {
            setEnabled(false);
            return true;
        }
        const QPointer<QSocketNotifier> alive(this);
        dispatching = true;
        CLIENT_CALL(dispatch)(attached_to->base.client, 0);
        if (!alive)
            return true;
        dispatching = false;
        setEnabled(true);
        return true;
    }

  private:
    qt_attachment *attached_to;
    bool dispatching = false;
};

const char *start(void *data, void *context, int fd)
{
    auto *a = static_cast<qt_attachment *>(data);
    a->readable = new (std::nothrow) readable_notifier(a, fd, static_cast<QObject *>(context));
    return a->readable ? nullptr : "out of memory";
}

void detach(void *data)
{
    auto *a = static_cast<qt_attachment *>(data);
    if (a->readable) {
        a->readable->forget();
        delete a->readable;
    }
    mem_free(a);
}

} // namespace

boxd_status ATTACH_NAME(qt)(adapter_client *client, QObject *context, boxd_error *error)
{
    static const adapter qt = {"Qt", sizeof(qt_attachment), start, detach};
    /* First: in a program with another Qt there is no dispatcher, and `context` is an object of that Qt. */
    if (!QAbstractEventDispatcher::instance())
        return error_set(
            error, BOXD_ERR_FAILED,
            "this thread has no event loop of Qt %s: create a QCoreApplication, or a QEventLoop on "
            "another thread, first",
            QT_VERSION_STR);
    if (context && context->thread() != QThread::currentThread())
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "the context belongs to another thread: attach the client on the thread of the context");
    return adapter_attach(&qt, client, context, error);
}
