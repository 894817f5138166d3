/* Qt for the tables of the loop tests. All functions but open(): the thread of the loop. */
#include "loop_kind.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QTimer>

namespace
{

/* The objects of Qt belong to the thread that uses the loop first. */
struct qt_loop {
    QEventLoop *loop = nullptr;
    /* The clients are children of it. */
    QObject *context = nullptr;

    QEventLoop *here()
    {
        if (!loop) {
            loop = new QEventLoop;
            context = new QObject;
        }
        return loop;
    }
};

/* The thread of the first one is Qt's main thread. */
void *open_loop()
{
    static int argc = 1;
    static char name[] = "test", *argv[] = {name, nullptr};
    static QCoreApplication *application; /* for all loops; never destroyed */
    if (!application)
        application = new QCoreApplication(argc, argv);
    return new qt_loop;
}

void *handle(void *data)
{
    auto *q = static_cast<qt_loop *>(data);
    q->here();
    return q->context;
}

void turn(void *data, bool wait)
{
    static_cast<qt_loop *>(data)->here()->processEvents(wait ? QEventLoop::WaitForMoreEvents
                                                             : QEventLoop::AllEvents);
}

void run(void *data)
{
    static_cast<qt_loop *>(data)->here()->exec();
}

void quit(void *data)
{
    static_cast<qt_loop *>(data)->loop->quit();
}

bool is_empty(void *data)
{
    auto *q = static_cast<qt_loop *>(data);
    return !q->context || q->context->children().isEmpty();
}

void close_loop(void *data)
{
    auto *q = static_cast<qt_loop *>(data);
    delete q->context;
    delete q->loop;
    delete q;
}

} // namespace

void loop_qt_destroy_context(void *data)
{
    auto *q = static_cast<qt_loop *>(data);
    delete q->context;
    q->context = new QObject;
}

int loop_qt_run_nested()
{
    QEventLoop nested;
    bool fired = false;
    int turns = 0;
    QTimer timer;
    timer.setSingleShot(true);
    QObject::connect(&timer, &QTimer::timeout, [&fired] { fired = true; });
    timer.start(20);
    do {
        nested.processEvents(QEventLoop::WaitForMoreEvents);
        turns++;
    } while (!fired);
    return turns;
}

const loop_kind LOOP_QT = {"qt",     open_loop,  handle,    turn,    run, quit,
                           is_empty, close_loop, open_loop, nullptr, true};
