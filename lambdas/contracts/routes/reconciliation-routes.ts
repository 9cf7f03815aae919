import {
  ApproveFindingRequest,
  DismissFindingRequest,
  FindingPath,
  FindingView,
  ListFindingsQuery,
  ReconciliationPath,
  ReconciliationView,
  StartedReconciliationView,
  StartReconciliationRequest,
} from '../api/reconciliation.ts';
import { ListQuery, pageOf } from '../primitives.ts';
import type { Route } from './route.ts';

export const startReconciliation = {
  context: 'reconciliation',
  method: 'POST',
  path: '/reconciliations',
  access: 'operations',
  summary: 'Start a reconciliation',
  idempotent: true,
  body: StartReconciliationRequest,
  responses: { 202: { description: 'Started', schema: StartedReconciliationView } },
} as const satisfies Route;

export const getReconciliation = {
  context: 'reconciliation',
  method: 'GET',
  path: '/reconciliations/{reconciliationId}',
  access: 'operations',
  summary: 'Get a reconciliation with its progress',
  params: ReconciliationPath,
  responses: { 200: { description: 'The reconciliation', schema: ReconciliationView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const listReconciliations = {
  context: 'reconciliation',
  method: 'GET',
  path: '/reconciliations',
  access: 'operations',
  summary: 'List the reconciliations, newest first',
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(ReconciliationView) } },
} as const satisfies Route;

export const listFindings = {
  context: 'reconciliation',
  method: 'GET',
  path: '/findings',
  access: 'operations',
  summary: 'List the findings with a status, newest first',
  query: ListFindingsQuery,
  queryDescriptions: { status: 'open, approved, repaired, dismissed or closed; open by default.' },
  responses: { 200: { description: 'A page', schema: pageOf(FindingView) } },
} as const satisfies Route;

export const getFinding = {
  context: 'reconciliation',
  method: 'GET',
  path: '/findings/{findingId}',
  access: 'operations',
  summary: 'Get a finding with the revision that an approval or dismissal must name',
  params: FindingPath,
  responses: { 200: { description: 'The finding', schema: FindingView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const approveFinding = {
  context: 'reconciliation',
  method: 'POST',
  path: '/findings/{findingId}/approval',
  access: 'operations',
  summary: 'Approve the proposed repair of the named revision and run it',
  idempotent: true,
  params: FindingPath,
  body: ApproveFindingRequest,
  responses: {
    200: {
      description: 'REPAIRED, or APPROVED while orders are being cancelled',
      schema: FindingView,
    },
  },
  errors: {
    404: ['NOT_FOUND'],
    409: [
      'FINDING_ALREADY_CLOSED',
      'FINDING_CHANGED',
      'FINDING_ALREADY_APPROVED',
      'NO_REPAIR_PROPOSED',
      'ORDER_DECISION_MISSING',
      'REPAIR_REJECTED',
    ],
  },
} as const satisfies Route;

export const dismissFinding = {
  context: 'reconciliation',
  method: 'POST',
  path: '/findings/{findingId}/dismissal',
  access: 'operations',
  summary: 'Dismiss a finding that needs no repair',
  idempotent: true,
  params: FindingPath,
  body: DismissFindingRequest,
  responses: { 200: { description: 'DISMISSED', schema: FindingView } },
  errors: { 404: ['NOT_FOUND'], 409: ['FINDING_ALREADY_CLOSED', 'FINDING_CHANGED'] },
} as const satisfies Route;
