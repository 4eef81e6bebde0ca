# The gateway: docker build -t sticky-signalr-gateway .
# Configuration comes from the environment (Gateway__Nodes__a=http://a:5000), or from a mounted file and the argument --config FILE.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# Not every source of packages has the compiler for every platform.
ARG READY_TO_RUN=true
WORKDIR /src
# Only what decides the packages, so that the layer of the restore lasts until one of these files changes.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY EventLoops/EventLoops.csproj EventLoops/
COPY Proxy/Proxy.csproj Proxy/
RUN dotnet restore Proxy/Proxy.csproj --use-current-runtime -p:PublishReadyToRun=$READY_TO_RUN
COPY .editorconfig BannedSymbols.txt appsettings.json ./
COPY EventLoops/ EventLoops/
COPY Proxy/ Proxy/
# Compiled ahead of time for the image's own platform, so that the first clients do not wait for the compiler.
RUN dotnet publish Proxy/Proxy.csproj -c Release --no-restore --use-current-runtime --no-self-contained -p:PublishReadyToRun=$READY_TO_RUN \
    -p:UseAppHost=false -p:PublishDocumentationFiles=false -o /app

# No shell and no package manager in here; its user is not root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
ENV ASPNETCORE_HTTP_PORTS=8080 \
    Logging__Console__FormatterName=json \
    Logging__Console__FormatterOptions__TimestampFormat=O \
    Logging__Console__FormatterOptions__UseUtcTimestamp=true
EXPOSE 8080
# By number, so that an orchestrator can see that it is not root.
USER $APP_UID
# The gateway asks its own admin listener, which is bound to loopback unless configured otherwise.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["dotnet", "Proxy.dll", "healthcheck"]
# The process itself, not a shell: SIGTERM has to arrive, it starts the drain (Gateway:Scale:ShutdownTimeout, 30 s; give docker stop more).
ENTRYPOINT ["dotnet", "Proxy.dll"]
