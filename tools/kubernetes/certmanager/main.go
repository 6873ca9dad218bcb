// Command certmanager runs the controllers of cert-manager in one process, for the test cluster.
//
// It exists because cert-manager keeps its own commands in nested modules that are published nowhere. It leaves out
// the webhook and the injector of authorities: what the tests apply is valid, and nothing of theirs calls a webhook.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/cert-manager/cert-manager/pkg/controller"

	// Each of these adds itself to controller.Known() when it is imported.
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/gateways"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"

	// The kinds of issuers that those controllers know.
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

const workersPerController = 2

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	namespace := flag.String("namespace", "cert-manager", "where the Secrets of cluster issuers lie")
	nameservers := flag.String("nameservers", "", "host:port of those asked about DNS-01 challenges, parted by commas")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, options(*kubeconfig, *namespace, *nameservers)); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are the defaults of cert-manager's own command, but for retries, which tests cannot wait for.
func options(kubeconfig, namespace, nameservers string) controller.ContextOptions {
	result := controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   50,
		KubernetesAPIBurst: 100,
	}
	result.ClusterResourceNamespace = namespace
	result.DefaultIssuerKind = "Issuer"
	result.DefaultIssuerGroup = "cert-manager.io"
	result.CertificateRequestMinimumBackoffDuration = time.Second
	result.CertificateRequestMaximumBackoffDuration = time.Minute
	result.MaxConcurrentChallenges = 10
	result.EnableGatewayAPI = true
	result.DNS01CheckRetryPeriod = time.Second
	result.HTTP01SolverResourceRequestCPU = resource.MustParse("10m")
	if nameservers != "" {
		result.DNS01Nameservers = strings.Split(nameservers, ",")
	}
	return result
}

// run returns when the context ends or a controller fails.
func run(ctx context.Context, options controller.ContextOptions) error {
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return fmt.Errorf("the API server cannot be used: %w", err)
	}
	shared, err := factory.Build()
	if err != nil {
		return fmt.Errorf("no clients: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for name, build := range controller.Known() {
		// The controllers ask for their informers while they are built, so all are built before informers start.
		one, err := build(factory)
		if err != nil {
			return fmt.Errorf("controller %s: %w", name, err)
		}
		group.Go(func() error { return one.Run(workersPerController, ctx) })
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	shared.GWShared.Start(ctx.Done())
	return group.Wait()
}
