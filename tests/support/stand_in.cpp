#include "support/stand_in.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "base/text.h"

namespace hy::test {

namespace net = Poco::Net;

struct StandIn::Inside {
    std::function<Told(const Asked&)> answer;
    mutable std::mutex mutex;
    std::vector<Asked> asked;
    net::ServerSocket socket{net::SocketAddress("127.0.0.1", 0)};
    Poco::ThreadPool threads{4, 64};
    std::unique_ptr<net::HTTPServer> server;

    void serve(net::HTTPServerRequest& request, net::HTTPServerResponse& response) {
        Asked asked_now{request.getMethod(), request.getURI(), {}, {}};
        for (const auto& [name, value] : request) asked_now.headers[lower(name)] = value;
        Poco::StreamCopier::copyToString(request.stream(), asked_now.body);
        {
            std::lock_guard lock(mutex);
            asked.push_back(asked_now);
        }
        const Told told = answer ? answer(asked_now) : Told{};
        if (told.after_ms) std::this_thread::sleep_for(std::chrono::milliseconds(told.after_ms));
        response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(told.status));
        response.setContentType("application/json");
        if (told.pieces.empty()) response.sendBuffer(told.body.data(), told.body.size());
        else send_pieces(told, response);
    }
    static void send_pieces(const Told& told, net::HTTPServerResponse& response) {
        response.setContentType("text/event-stream");
        response.setChunkedTransferEncoding(true);
        std::ostream& out = response.send();
        for (size_t i = 0; i < told.pieces.size(); ++i) {
            if (told.before && !told.before(i)) return;
            out << told.pieces[i] << std::flush;
        }
    }

    struct Handler : net::HTTPRequestHandler {
        explicit Handler(Inside& inside) : inside(inside) {}
        void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
            inside.serve(request, response);
        }
        Inside& inside;
    };
    struct Factory : net::HTTPRequestHandlerFactory {
        explicit Factory(Inside& inside) : inside(inside) {}
        net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
            return new Handler(inside);
        }
        Inside& inside;
    };
};

StandIn::StandIn(std::function<Told(const Asked&)> answer) : inside_(std::make_unique<Inside>()) {
    inside_->answer = std::move(answer);
    auto* params = new net::HTTPServerParams;
    params->setMaxThreads(64);
    params->setMaxQueued(1000);
    inside_->server =
        std::make_unique<net::HTTPServer>(new Inside::Factory(*inside_), inside_->threads, inside_->socket, params);
    inside_->server->start();
}

StandIn::~StandIn() { inside_->server->stopAll(true); }

std::string StandIn::url() const { return "http://127.0.0.1:" + std::to_string(inside_->socket.address().port()); }

std::vector<Asked> StandIn::asked() const {
    std::lock_guard lock(inside_->mutex);
    return inside_->asked;
}

}  // namespace hy::test
