import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import cookieParser from 'cookie-parser';
import { ArticlesController } from './articles.controller';
import { ArticlesService } from './articles.service';
import { inCluster } from './cluster';
import { databaseProvider } from './database';

@Module({
  imports: [
    JwtModule.register({
      secret: process.env.JWT_SECRET,
      verifyOptions: { algorithms: ['HS256'] },
    }),
  ],
  controllers: [ArticlesController],
  providers: [ArticlesService, databaseProvider],
})
class AppModule {}

async function serve(socket: string) {
  const app = await NestFactory.create(AppModule, {
    logger: ['error', 'warn'],
  });

  app.use(cookieParser());
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  await app.init();
  app.getHttpServer().listen({ path: socket, backlog: 1024 });
}

inCluster(serve);
